"""The page of one comparison, for its lead."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from annotation.common.access import campaign_led_by, comparison_for_lead
from annotation.common.who import signed_in
from annotation.errors import DomainError
from annotation.models import Campaign, Judgment, User
from annotation.quality.selectors.comparison_answers import comparison_report, pictures_of
from annotation.quality.selectors.reclaim import Selection, judgment_for_lead
from annotation.quality.services.reclaim import restore, set_aside


@require_POST
@login_required
def answer_aside(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Set one answer aside, or let it count again."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    answer = judgment_for_lead(campaign, public_id)
    try:
        done = _act(answer, request, user, campaign)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("comparison", slug, answer.comparison.public_id)


def _act(answer: Judgment, request: HttpRequest, user: User, campaign: Campaign) -> str:
    if request.POST.get("action") == "restore":
        mark = getattr(answer, "set_aside", None)
        if mark is None or mark.reclaim is None:
            raise DomainError("This answer is not set aside.")
        result = restore(reclaim=mark.reclaim, actor=user, judgment=answer.public_id)
        if not result.n_restored:
            raise DomainError("Somebody else has filled its slot meanwhile: it stays set aside.")
        return "The answer counts again."
    set_aside(
        campaign=campaign,
        user=answer.annotator,
        chosen=Selection(judgment=answer.public_id),
        reason=request.POST.get("reason", ""),
        actor=user,
    )
    return "The answer was set aside; its slot goes to somebody else."


@require_GET
@login_required
def comparison(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show a comparison in the judging viewer, every answer to it, and its history."""
    campaign = campaign_led_by(signed_in(request), slug)
    report = comparison_report(campaign, comparison_for_lead(campaign, public_id))
    context = {
        "campaign": campaign,
        "section": "comparisons",
        "report": report,
        "pictures": pictures_of(campaign, report),
    }
    return render(request, "quality/comparison.html", context)
