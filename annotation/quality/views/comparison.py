"""The page of one comparison, for its lead."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by, comparison_for_lead
from annotation.common.who import signed_in
from annotation.quality.selectors.comparison_answers import comparison_report, pictures_of


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
