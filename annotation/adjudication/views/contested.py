"""The contested comparisons of a campaign, for its leads: look, decide, hand over, take back."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.adjudication.forms import HandOverForm
from annotation.adjudication.selectors.contested import (
    STATES,
    Contested,
    contested,
    contested_lines,
    of_kinds,
    to_hand_over,
    to_take_back,
)
from annotation.adjudication.selectors.reasons import KINDS
from annotation.adjudication.services.hand_over import hand_over, take_back
from annotation.common.access import campaign_led_by
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign
from annotation.queue.selectors.disputes import has_adjudicators

PAGE = 20


@require_GET
@login_required
def contested_page(request: HttpRequest, slug: str) -> HttpResponse:
    """List what is contested, with each reason, and preview a hand-over or a take-back."""
    campaign = campaign_led_by(signed_in(request), slug)
    rows = contested(campaign)
    kind = request.GET.get("kind", "")
    state = request.GET.get("state", "")
    shown = of_kinds(rows, [kind] if kind in KINDS else [])
    shown = [row for row in shown if state not in STATES or row.state == state]
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "n_all": len(rows),
        "kinds": [(name, words, len(of_kinds(rows, [name]))) for name, words in KINDS.items()],
        "states": [(name, words, _count(rows, name)) for name, words in STATES.items()],
        "kind": kind,
        "state": state,
        "page": page,
        "lines": contested_lines(list(page.object_list)),
        "has_adjudicators": has_adjudicators(campaign),
    }
    return render(
        request, "adjudication/contested.html", context | _preview(request, campaign, rows)
    )


def _count(rows: list[Contested], state: str) -> int:
    return sum(row.state == state for row in rows)


def _preview(request: HttpRequest, campaign: Campaign, rows: list[Contested]) -> dict[str, object]:
    """Return the form to hand over, and what the previewed step would do."""
    wants = request.GET.get("preview", "")
    form = HandOverForm(request.GET if wants == "hand_over" else None, initial={"n": PAGE})
    found: dict[str, object] = {"form": form, "preview": wants}
    if wants == "hand_over" and form.is_valid():
        kinds = form.cleaned_data["kinds"]
        found["effect"] = to_hand_over(of_kinds(rows, kinds), at_most=form.cleaned_data["n"])
        found["chosen_kinds"] = kinds
    if wants == "take_back":
        found["n_waiting"], found["n_claimed"] = to_take_back(campaign)
    return found


@require_POST
@login_required
def contested_hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand contested comparisons over to the adjudicators."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    form = HandOverForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say how many comparisons, from 1 to 1,000.")
        return redirect("contested", slug)
    kinds, n = form.cleaned_data["kinds"], form.cleaned_data["n"]
    try:
        result = hand_over(campaign=campaign, kinds=kinds, at_most=n, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        n = len(result.chosen)
        words = ngettext(
            "%(n)d comparison waits for the adjudicators.",
            "%(n)d comparisons wait for the adjudicators.",
            n,
        )
        messages.success(request, words % {"n": n})
    return redirect(f"{reverse('contested', args=[slug])}?{urlencode({'state': 'offered'})}")


@require_POST
@login_required
def contested_take_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Take every dispute back from the adjudicators."""
    user = signed_in(request)
    n = take_back(campaign=campaign_led_by(user, slug), actor=user)
    words = ngettext("%(n)d dispute was taken back.", "%(n)d disputes were taken back.", n)
    messages.success(request, words % {"n": n})
    return redirect("contested", slug)
