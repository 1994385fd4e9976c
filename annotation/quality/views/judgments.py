"""The list of a campaign's judgments, for its leads."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.common.access import campaign_led_by
from annotation.common.csv_files import csv_response
from annotation.common.who import signed_in
from annotation.quality.selectors.annotators import judging_people
from annotation.quality.selectors.judgment_filters import (
    LANES,
    SORT_WORDS,
    STATES,
    filter_of,
    filtered,
)
from annotation.quality.selectors.judgment_rows import JudgmentRow, every_row, judgment_rows

PAGE = 50
# By name: the heading, and whether it is shown when nothing is chosen.
COLUMNS = {
    "when": ("When", True),
    "person": ("Person", True),
    "lane": ("Lane", True),
    "verdict": ("Verdict, as shown", True),
    "generators": ("Generators, left to right", True),
    "scores": ("Scores, as shown", False),
    "seconds": ("Time at work", True),
    "state": ("State", True),
    "note": ("Note", True),
    "instruction": ("Instruction", True),
    "version": ("Rubric version", False),
}
HEADER = (
    "judgment", "comparison", "created_at", "person", "lane", "state", "rubric_version",
    "generators_as_shown", "verdict_as_shown", "side", "scores_as_shown", "worked_seconds",
    "claimed_seconds", "gold_as_expected", "cannot_judge", "note", "instruction",
)  # fmt: skip


@require_GET
@login_required
def judgments(request: HttpRequest, slug: str) -> HttpResponseBase:
    """List judgments as the address filters and sorts them, or send all of them as CSV."""
    user = signed_in(request)
    campaign = campaign_led_by(user, slug)
    wanted = filter_of(request.GET)
    found = filtered(campaign, wanted)
    if request.GET.get("format") == "csv":
        rows = (_cells(row) for row in every_row(campaign, found))
        return csv_response(
            table="judgments", campaign=campaign, actor=user, header=HEADER, rows=rows
        )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    chosen = [name for name in request.GET.getlist("columns") if name in COLUMNS]
    shown = chosen or [name for name, (_, usual) in COLUMNS.items() if usual]
    context = {
        "campaign": campaign,
        "section": "quality",
        "wanted": wanted,
        "page": page,
        "rows": judgment_rows(campaign, page.object_list),  # type: ignore[arg-type]
        "columns": [(name, label, name in shown) for name, (label, _) in COLUMNS.items()],
        "shown": shown,
        "people": judging_people(campaign),
        "states": STATES,
        "lanes": LANES,
        "sorts": SORT_WORDS,
    }
    return render(request, "quality/judgments.html", context)


CELLS: tuple[Callable[[JudgmentRow], object], ...] = (
    lambda row: str(row.judgment.public_id),
    lambda row: str(row.judgment.comparison.public_id),
    lambda row: row.judgment.created_at.isoformat(),
    lambda row: row.judgment.annotator.username,
    lambda row: row.judgment.lane,
    lambda row: row.state,
    lambda row: row.judgment.rubric.version,
    lambda row: " | ".join(row.generators),
    lambda row: row.verdict,
    lambda row: row.side,
    lambda row: row.scores,
    lambda row: row.seconds,
    lambda row: row.claimed_seconds,
    lambda row: None if row.expected is None else "yes" if row.expected else "no",
    lambda row: row.judgment.cannot_judge,
    lambda row: row.judgment.note,
    lambda row: row.judgment.comparison.item.instruction,
)


def _cells(row: JudgmentRow) -> list[object]:
    return [cell(row) for cell in CELLS]
