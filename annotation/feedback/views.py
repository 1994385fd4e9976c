"""Pages about disagreement between people and model, and sending comparisons back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.common.access import campaign_led_by, comparison_for_lead
from annotation.common.steps import next_before_judging
from annotation.errors import DomainError
from annotation.feedback import selectors as selector
from annotation.feedback.send_backs import SendBackResult
from annotation.feedback.services import MOST, send_back_one, send_back_top
from annotation.models import Campaign, User

PAGE = 12


@require_GET
@login_required
def disagreement(request: HttpRequest, slug: str) -> HttpResponse:
    """Show judged comparisons, most disagreement first, with images and the three numbers."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    model = selector.current_model(campaign)
    has_model = model is not None
    order = request.GET.get("by", "")
    if order not in selector.SORTS:
        order = "surprise" if has_model else "human"
    ranked = selector.ranking(campaign, by=order)
    page = Paginator(ranked, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "feedback/disagreement.html",
        {
            "campaign": campaign,
            "order": order,
            "page": page,
            "entries": selector.entries(campaign, list(page.object_list)),
            "has_model": has_model,
            "is_champion": model is not None and selector.is_champion(campaign, model),
            "n_open": selector.open_send_backs(campaign),
            "most": MOST,
            "waits_for": None if ranked else next_before_judging(campaign),
        },
    )


@require_POST
@login_required
def send_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Send back the top N of an order, or the one comparison that is named."""
    user: User = request.user  # type: ignore[assignment]
    campaign = campaign_led_by(user, slug)
    try:
        result = _send_back(request, campaign, user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        _announce(request, result)
    return redirect("disagreement", campaign.slug)


def _send_back(request: HttpRequest, campaign: Campaign, user: User) -> SendBackResult:
    if "comparison" in request.POST:
        name = _uuid(request.POST["comparison"])
        return send_back_one(comparison=comparison_for_lead(campaign, name), actor=user)
    n, order = _number(request.POST.get("n", "")), request.POST.get("by", "surprise")
    if not 1 <= n <= MOST or order not in selector.SORTS:
        raise DomainError(f"How many to send back is a number from 1 to {MOST}.")
    return send_back_top(campaign=campaign, n=n, actor=user, by=order)


def _number(text: str) -> int:
    """Return the typed number; 0 when it is not a number or has too many digits."""
    try:
        return int(text)
    except ValueError:
        return 0


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        # An id that no row has, so that the look-up that follows raises Http404.
        return UUID(int=0)


def _announce(request: HttpRequest, result: SendBackResult) -> None:
    sent, held = len(result.sent), len(result.held)
    if sent:
        messages.success(
            request,
            ngettext(
                "%(n)d comparison went back to the annotators.",
                "%(n)d comparisons went back to the annotators.",
                sent,
            )
            % {"n": sent},
        )
    if held:
        messages.warning(
            request,
            f"{held} could not go back: every annotator has judged them. They wait for you under "
            "Comparisons.",
        )
    if result.adjudicated:
        n = len(result.adjudicated)
        messages.success(
            request,
            f"{n} went to the adjudicators: every annotator has judged "
            f"{ngettext('it', 'them', n)}.",
        )
    if not sent and not held and not result.adjudicated:
        reasons = " ".join(sorted(set(result.left_out.values())))
        messages.info(request, f"Nothing was sent back: {reasons or 'no comparison here may be.'}")
