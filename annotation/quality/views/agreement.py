"""Agreement of a campaign and the ranking of its generators, for its lead."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.steps import next_before_judging
from annotation.models import Rubric
from annotation.quality.selectors.agreement import agreement_report
from annotation.quality.selectors.rankings import generator_ranking
from annotation.rubrics.selectors import described_rubrics


@require_GET
@login_required
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    """Show alpha per dimension and on verdicts, and how generators rank; of a rubric version."""
    campaign = campaign_led_by(request.user, slug)  # type: ignore[arg-type]
    versions = described_rubrics(campaign)
    chosen = _chosen(versions, request.GET.get("version", ""))
    report = agreement_report(campaign, rubric=chosen)
    return render(
        request,
        "quality/agreement.html",
        {
            "campaign": campaign,
            "report": report,
            "waits_for": None if report.n_judgments else next_before_judging(campaign),
            "ranking": generator_ranking(campaign, rubric=chosen),
            "versions": versions if len(versions) > 1 else [],
            "chosen": chosen,
        },
    )


def _chosen(versions: list[Rubric], number: str) -> Rubric | None:
    """Return the version of that number, None for none. Raises Http404 for another word."""
    if not number:
        return None
    for rubric in versions:
        if str(rubric.version) == number:
            return rubric
    raise Http404("Nobody answered under that rubric version.")
