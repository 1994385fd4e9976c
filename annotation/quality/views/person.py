"""One annotator's page: numbers, charts, and the judgments behind each number."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.charts.control import ControlChart, control_chart
from annotation.common.access import campaign_led_by
from annotation.common.steps import next_before_judging
from annotation.common.who import signed_in
from annotation.quality.selectors.annotators import annotator_report, member_for_lead
from annotation.quality.selectors.drift import Series, ewma_of, target_of
from annotation.quality.selectors.flags import FLAGS
from annotation.quality.selectors.matrix import cells_of
from annotation.quality.selectors.measures import measures_of
from annotation.quality.selectors.people_quality import quality_data, quality_of
from annotation.quality.selectors.person_quality import PersonQuality
from annotation.quality.selectors.sessions import by_hour, wall_clock_pace
from annotation.rubrics.selectors import dimension_names


@require_GET
@login_required
def annotator(request: HttpRequest, slug: str, pseudonym: UUID) -> HttpResponse:
    """Show what is known of one annotator."""
    campaign = campaign_led_by(signed_in(request), slug)
    member = member_for_lead(campaign, pseudonym)
    data = quality_data(campaign)
    person = next(iter(quality_of(data, only=member.user_id)), None)
    if person is None:
        raise Http404("No such annotator.")
    report = annotator_report(campaign, member)
    series = data.series(member.user_id)
    rows, own = data.of(member.user_id)
    context = {
        "campaign": campaign,
        "report": report,
        "person": person,
        "flags": [FLAGS[name] for name in person.flags],
        "measures": measures_of(person, dimension_names(campaign)),
        "chart": _chart(person, series),
        "hours": by_hour(rows, own),
        "wall_clock": wall_clock_pace(rows.at),
        "cells": cells_of(data, member),
        "section": "quality",
        "waits_for": None if report.days else next_before_judging(campaign),
    }
    return render(request, "quality/annotator.html", context)


def _chart(person: PersonQuality, series: Series) -> ControlChart | None:
    """Return the moving average of what can be checked; None without any."""
    if not len(series.value):
        return None
    average = ewma_of(series)
    marks = [(index, f"rubric {version}", "version") for index, version in person.drift.versions]
    if person.drift.signal is not None:
        marks.append((person.drift.signal, "fell", "signal"))
    return control_chart(
        average.series.tolist(),
        (average.low.tolist(), average.high.tolist()),
        target=target_of(series),
        marks=marks,
    )
