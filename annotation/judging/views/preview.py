"""The judging page for a lead who judges nothing: a preview of one comparison."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from annotation.answers.screen_rules import screen_rules
from annotation.common.access import campaign_led_by, comparison_for_lead
from annotation.common.who import signed_in
from annotation.judging.preview import preview_of
from annotation.people.preferences import preferences_of
from annotation.references.selectors import examples_for
from annotation.rubrics.selectors import published_rubric


@never_cache
@require_GET
@login_required
def judge_preview(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Show the judging page of a comparison; it takes no answer."""
    lead = signed_in(request)
    campaign = campaign_led_by(lead, slug)
    comparison = comparison_for_lead(campaign, public_id)
    rubric = published_rubric(campaign)
    if rubric is None:
        messages.error(request, "Publish a rubric first: the page asks its questions.")
        return redirect("rubric", slug)
    context = {
        "campaign": campaign,
        "comparison": comparison,
        "preview": True,
        "work": {"assignment": preview_of(campaign, comparison, rubric), "reason": None},
        # The line for a first visit offers a practice, which a preview has not.
        "progress": {"mine": 1},
        "examples": examples_for(campaign, lead),
        "preferences": preferences_of(lead),
        "rules": screen_rules(campaign),
    }
    return render(request, "judging/preview.html", context)
