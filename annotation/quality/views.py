"""Agreement of a campaign and of each annotator, for its lead."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.steps import next_before_judging
from annotation.quality.selectors.agreement import agreement_report
from annotation.quality.selectors.annotators import (
    annotator_report,
    annotator_summaries,
    member_for_lead,
)
from annotation.quality.selectors.rankings import generator_ranking


@require_GET
@login_required
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """Show alpha per dimension and on verdicts, how generators rank, and a line per annotator."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    report = agreement_report(campaign)
    return render(
        request,
        "quality/agreement.html",
        {
            "campaign": campaign,
            "report": report,
            "waits_for": None if report.n_judgments else next_before_judging(campaign),
            "people": annotator_summaries(campaign),
            "ranking": generator_ranking(campaign),
        },
    )


@require_GET
@login_required
def annotator(request: HttpRequest, slug: str, pseudonym: UUID) -> HttpResponse:
    """Show one annotator's counts, times and agreement with others."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    member = member_for_lead(campaign, pseudonym)
    report = annotator_report(campaign, member)
    context = {
        "campaign": campaign,
        "report": report,
        "section": "people",
        "waits_for": None if report.days else next_before_judging(campaign),
    }
    return render(request, "quality/annotator.html", context)
