"""The timesheet of a campaign, for its leads."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.csv_files import csv_response
from annotation.common.who import signed_in
from annotation.quality.selectors.timesheet import PERIODS, rate_of, timesheet

HEADER = (
    "period_begins", "person", "hours_at_work", "hours_claimed", "answers", "in_force", "surplus",
    "set_aside", "other", "answers_with_time", "answers_per_hour_at_work", "cost",
)  # fmt: skip


@require_GET
@login_required
def timesheet_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Show hours at work and answers by person and period, or send them as CSV."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    period = request.GET.get("period", "")
    period = period if period in PERIODS else next(iter(PERIODS))
    rate = rate_of(request.GET.get("rate", ""))
    lines = timesheet(campaign, period=period, rate=rate)
    if request.GET.get("format") == "csv":
        rows = (
            (line.period.isoformat(), line.username, round(line.hours, 4),
             round(line.claimed_hours, 4), line.n_answers, line.in_force, line.surplus,
             line.set_aside, line.other, line.n_timed,
             line.per_hour, line.cost)
            for line in lines
        )  # fmt: skip
        return csv_response(
            table="timesheet", campaign=campaign, actor=user, header=HEADER, rows=rows
        )
    context = {
        "campaign": campaign,
        "section": "quality",
        "lines": lines,
        "period": period,
        "rate": rate,
        "hours": sum(line.hours for line in lines),
        "cost": sum((line.cost or Decimal(0) for line in lines), Decimal(0)),
    }
    return render(request, "quality/timesheet.html", context)
