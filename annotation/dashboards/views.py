"""Trends of a campaign, for its lead."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from annotation.campaigns.progress import shares_of
from annotation.charts.trend import PeriodValue, TrendChart, trend_chart
from annotation.common.access import campaign_led_by
from annotation.common.steps import next_before_judging
from annotation.common.who import signed_in
from annotation.dashboards.forecast import forecast
from annotation.dashboards.selectors.coverage import CoverageLine, coverage_by
from annotation.dashboards.selectors.criteria import dividing_criteria
from annotation.dashboards.selectors.days import judged_by_day
from annotation.dashboards.selectors.trend import Period, Trend, TrendLine, agreement_trend
from annotation.models import Campaign

# Krippendorff's bands: below the first no conclusions, from the second on reliable.
BANDS = ((0.667, ".667"), (0.8, ".80"))
MOST_CRITERIA = 20


@require_GET
@login_required
def trends(request: HttpRequest, slug: str) -> HttpResponse:
    """Show when the work is done, how agreement went, what is covered, what divides people."""
    campaign = campaign_led_by(signed_in(request), slug)
    n_judged, n_wanted = shares_of([campaign.pk])[campaign.pk]
    trend = agreement_trend(campaign)
    criteria = dividing_criteria(campaign)
    context = {
        "campaign": campaign,
        "n_judged": n_judged,
        "waits_for": None if n_judged else next_before_judging(campaign),
        "forecast": forecast(
            judged_by_day(campaign), max(0, n_wanted - n_judged), timezone.now().date()
        ),
        "trend": trend,
        "charts": [] if trend is None else _charts(campaign, trend),
        "rows": [] if trend is None else _rows(trend),
        "parts": _parts(campaign),
        "criteria": criteria[:MOST_CRITERIA],
        "n_more_criteria": max(0, len(criteria) - MOST_CRITERIA),
    }
    return render(request, "dashboards/trends.html", context)


def _parts(campaign: Campaign) -> list[tuple[str, str, list[CoverageLine]]]:
    """Return coverage by category, and by language where items say theirs."""
    languages = coverage_by(campaign, "language")
    parts = [("Category", "category", coverage_by(campaign, "category"))]
    if any(line.name for line in languages):
        parts.append(("Language", "language", languages))
    return parts


def _charts(campaign: Campaign, trend: Trend) -> list[tuple[TrendLine, TrendChart | None]]:
    names = _names(trend.periods)
    marks = [(n, f"rubric {version}") for n, version in trend.versions]
    charts = []
    for line in trend.lines:
        values = [
            PeriodValue(
                value.estimate,
                value.low,
                value.high,
                f"{name}: {_number(value.estimate)} [{_number(value.low)}, "
                f"{_number(value.high)}], {value.n_units} units",
                _judgments_of(campaign, period),
            )
            for value, name, period in zip(line.values, names, trend.periods, strict=True)
        ]
        charts.append((line, trend_chart(values, names, references=BANDS, marks=marks)))
    return charts


def _rows(trend: Trend) -> list[dict[str, Any]]:
    """Return the table behind the charts: each period with its values, in the lines' order."""
    return [
        {"period": period, "values": [line.values[n] for line in trend.lines]}
        for n, period in enumerate(trend.periods)
    ]


def _names(periods: list[Period]) -> list[str]:
    """Name each period by its end; with the time where all lie on one day."""
    days = {period.last.date() for period in periods}
    form = "H:i" if len(days) == 1 and len(periods) > 1 else "j M"
    return [date_format(timezone.localtime(period.last), form) for period in periods]


def _judgments_of(campaign: Campaign, period: Period) -> str:
    """Return the address of the judgments of a period, days in whole."""
    days = {"since": period.first.date(), "until": period.last.date(), "shared": "yes"}
    return f"{reverse('judgments', args=[campaign.slug])}?{urlencode(days)}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
