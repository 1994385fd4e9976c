"""Agreement of a campaign and the ranking of its generators, for its lead."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.steps import next_before_judging
from annotation.quality.selectors.agreement import agreement_report
from annotation.quality.selectors.rankings import generator_ranking


@require_GET
@login_required
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """Show alpha per dimension and on verdicts, and how generators rank."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    report = agreement_report(campaign)
    return render(
        request,
        "quality/agreement.html",
        {
            "campaign": campaign,
            "report": report,
            "waits_for": None if report.n_judgments else next_before_judging(campaign),
            "ranking": generator_ranking(campaign),
        },
    )
