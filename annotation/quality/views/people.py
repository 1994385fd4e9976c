"""What is known of a campaign's people, for its leads."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.csv_files import csv_response
from annotation.common.steps import next_before_judging
from annotation.common.who import signed_in
from annotation.quality.selectors.people_quality import quality_data
from annotation.quality.selectors.people_table import (
    DOWNWARD,
    HEADER,
    SHOWN,
    SORTS,
    people_table,
    spreadsheet,
)

COLUMNS = {
    "name": "Person",
    "flags": "Look at",
    "n": "In force",
    "gold": "Gold as expected",
    "repeats": "Repeats the same",
    "left": "Left share",
    "agreement": "Same winner as others",
    "speed": "Speed",
}


@require_GET
@login_required
def quality(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show the table of people, sorted and filtered by the address, or send it as CSV."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    sort = _one_of(request.GET.get("sort"), tuple(SORTS))
    show = _one_of(request.GET.get("show"), SHOWN)
    reverse = request.GET.get("reverse") == "yes"
    data = quality_data(campaign)
    rows = people_table(data, sort=sort, reverse=reverse, show=show)
    if request.GET.get("format") == "csv":
        return csv_response(
            table="quality",
            campaign=campaign,
            actor=user,
            header=HEADER,
            rows=spreadsheet(rows),
        )
    context = {
        "campaign": campaign,
        "rows": rows,
        "n_people": len(data.members),
        "columns": COLUMNS.items(),
        "sort": sort,
        "reverse": reverse,
        "downward": (sort in DOWNWARD) != reverse,
        "show": show,
        "typical": data.typical,
        "waits_for": None if len(data.rows) else next_before_judging(campaign),
    }
    return render(request, "quality/people.html", context)


def _one_of(text: str | None, known: tuple[str, ...]) -> str:
    """Return the chosen word; the first one when it is not known."""
    return text if text in known else known[0]
