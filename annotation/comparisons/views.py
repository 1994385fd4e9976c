"""Pages that build comparisons, list them, and decide about held ones."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.adjudication.services.offers import adjudicate_comparison
from annotation.common.access import campaign_led_by, comparison_for_lead, look_alike_for_lead
from annotation.common.refusals import put_refusal
from annotation.common.who import signed_in
from annotation.comparisons.forms import BuildForm
from annotation.comparisons.jobs import KIND, LARGE, request_build
from annotation.comparisons.planning.choose import Rule
from annotation.comparisons.plans import Plan, make_rule, plan_comparisons
from annotation.comparisons.selectors import (
    SHOWS,
    comparison_page,
    counts_of,
)
from annotation.comparisons.services import (
    build_comparisons,
    discard_comparisons,
    release_comparison,
    withdraw_comparison,
)
from annotation.errors import DomainError
from annotation.items.selectors.generators import items_in_use
from annotation.items.selectors.look_alikes import look_alikes_of
from annotation.items.services.look_alikes import decide_look_alike
from annotation.models import Campaign
from annotation.queue.selectors.disputes import has_adjudicators
from jobs.selectors import jobs_of

# Most look-alike pairs on one page; the command lists more.
PAIRS_SHOWN = 40


@require_GET
@login_required
def comparisons(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the build form, a preview when requested, and the existing comparisons."""
    found = campaign_led_by(signed_in(request), slug)
    form = BuildForm(found, request.GET if "strategy" in request.GET else None)
    plan = _planned(found, form) if form.is_bound else None
    return _page(request, found, form, plan)


@require_POST
@login_required
def comparisons_build(request: HttpRequest, slug: str) -> HttpResponse:
    """Build what the form asks for: in the request, or by a job when it is large."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    form = BuildForm(found, request.POST)
    plan = _planned(found, form)
    if plan is None:
        return _page(request, found, form, None)
    if len(plan.chosen) > LARGE:
        request_build(campaign=found, rule=plan.rule, actor=user)
        messages.info(request, "The comparisons are being built.")
        return redirect("comparisons", slug)
    try:
        built = build_comparisons(campaign=found, rule=plan.rule, actor=user)
    except DomainError as refusal:
        put_refusal(form, refusal)
        return _page(request, found, form, None)
    n = len(built.plan.chosen)
    message = ngettext("%(n)d comparison was added.", "%(n)d comparisons were added.", n) % {"n": n}
    messages.success(request, message if n else "All these comparisons exist already.")
    return redirect("comparisons", slug)


@require_POST
@login_required
def comparisons_discard(request: HttpRequest, slug: str) -> HttpResponse:
    """Delete all comparisons of a draft."""
    user = signed_in(request)
    found = campaign_led_by(user, slug)
    try:
        n = discard_comparisons(campaign=found, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{n} comparisons were discarded.")
    return redirect("comparisons", slug)


@require_POST
@login_required
def comparison_release(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Put a held comparison back into the queue."""
    user = signed_in(request)
    comparison = comparison_for_lead(campaign_led_by(user, slug), public_id)
    try:
        release_comparison(comparison=comparison, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The comparison is no longer held.")
    return redirect("comparisons", slug)


@require_POST
@login_required
def comparison_adjudicate(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Let an adjudicator decide about a comparison."""
    user = signed_in(request)
    comparison = comparison_for_lead(campaign_led_by(user, slug), public_id)
    try:
        adjudicate_comparison(comparison=comparison, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The comparison waits for an adjudicator.")
    return redirect("comparisons", slug)


@require_POST
@login_required
def comparison_withdraw(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Withdraw a comparison for a reason."""
    user = signed_in(request)
    comparison = comparison_for_lead(campaign_led_by(user, slug), public_id)
    reason = request.POST.get("reason", "")
    try:
        withdraw_comparison(comparison=comparison, reason=reason, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The comparison was withdrawn.")
    return redirect("comparisons", slug)


@require_POST
@login_required
def look_alike_decide(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Leave a pair of look-alikes out of new comparisons, or compare it after all."""
    user = signed_in(request)
    look_alike = look_alike_for_lead(campaign_led_by(user, slug), public_id)
    choice = request.POST.get("choice", "")
    try:
        decide_look_alike(look_alike=look_alike, choice=choice, actor=user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('comparisons', args=[slug])}#look-alikes")


def _planned(found: Campaign, form: BuildForm) -> Plan | None:
    """Return the plan for the form; None with errors added to the form."""
    if not form.is_valid():
        return None
    try:
        return plan_comparisons(found, _rule(found, form))
    except DomainError as refusal:
        put_refusal(form, refusal)
        return None


def _rule(found: Campaign, form: BuildForm) -> Rule:
    """Return the form's rule, without fields that the strategy does not use."""
    asked = form.cleaned_data
    return make_rule(
        found,
        k=asked["k"],
        strategy=asked["strategy"],
        per_item=None if asked["strategy"] == "all" else asked["per_item"],
        anchor=asked["anchor"] if asked["strategy"] == "anchor" else "",
    )


def _page(
    request: HttpRequest, found: Campaign, form: BuildForm, plan: Plan | None
) -> HttpResponse:
    show = request.GET.get("show", "used")
    show = show if show in SHOWS else "used"
    counts = counts_of(found)
    job = jobs_of(found.public_id, KIND).first()
    has_items = items_in_use(found).exists()
    context = {
        "campaign": found,
        "form": form,
        "has_items": has_items,
        "importing": None if has_items else jobs_of(found.public_id, "annotation.import").first(),
        "plan": plan,
        "look_alikes": look_alikes_of(found, most=PAIRS_SHOWN),
        "pairs": _pair_table(plan) if plan else None,
        "show": show,
        "has_adjudicators": has_adjudicators(found),
        "shows": [(name, label, counts[name]) for name, label in SHOWS.items()],
        "counts": counts,
        "page": comparison_page(found, show=show, after=_uuid(request.GET.get("after"))),
        "after": request.GET.get("after"),
        "job": job,
        "is_large": plan is not None and len(plan.chosen) > LARGE,
    }
    status = 422 if form.is_bound and plan is None else 200
    return render(request, "comparisons/comparisons.html", context, status=status)


def _pair_table(plan: Plan) -> list[tuple[str, list[int | None]]]:
    """Return a row per generator: its name, and how often it meets each; None on the diagonal."""
    used = {generator for pair in plan.pairs for generator in pair}
    used |= {generator for group in plan.group_ids for generator in group}
    order = sorted(used, key=lambda generator: plan.names[generator])
    return [
        (
            plan.names[one],
            [
                plan.pairs[min(one, other), max(one, other)] if one != other else None
                for other in order
            ],
        )
        for one in order
    ]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
