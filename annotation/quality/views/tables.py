"""Tables over all people: golds one by one, and how every two people agree."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.who import signed_in
from annotation.quality.selectors.gold_table import gold_table
from annotation.quality.selectors.matrix import agreement_matrix
from annotation.quality.selectors.people_quality import quality_data
from annotation.quality.selectors.sessions import by_hour

# More people than this do not fit on a page; the page of a person has the row.
MOST_PEOPLE = 40


@require_GET
@login_required
def golds(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how each gold was answered, doubtful golds first."""
    campaign = campaign_led_by(signed_in(request), slug)
    context = {"campaign": campaign, "section": "quality", "lines": gold_table(campaign)}
    return render(request, "quality/golds.html", context)


@require_GET
@login_required
def matrix(request: HttpRequest, slug: str) -> HttpResponse:
    """Show how every two people agree on winners, and quality by hour of sessions."""
    campaign = campaign_led_by(signed_in(request), slug)
    data = quality_data(campaign)
    rows = agreement_matrix(data) if len(data.indices) <= MOST_PEOPLE else []
    context = {
        "campaign": campaign,
        "section": "quality",
        "rows": rows,
        "n_people": len(data.indices),
        "most": MOST_PEOPLE,
        "hours": by_hour(data.rows, data.everybody),
    }
    return render(request, "quality/matrix.html", context)
