"""Remarks of answers in the rubric's words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from annotation.answers.context import rubric_words
from annotation.models import Judgment
from annotation.rubrics.criteria_words import fault_label


@dataclass(frozen=True)
class FailedCriteria:
    """What an edit fails in one dimension. edit: its letter or generator."""

    edit: str
    dimension: str
    criteria: list[str]


@dataclass(frozen=True)
class RemarkWords:
    """Remarks of one answer as people read them; strength: "" = none was given."""

    failed: list[FailedCriteria]
    strength: str
    reasons: list[str]
    n_boxes: int
    flagged: bool


def remarks_in_words(
    remarks: Mapping[str, Any], rubric: Mapping[str, Any], edits: Sequence[str]
) -> RemarkWords | None:
    """Return remarks in words, None when there are none; edits names candidates in their order."""
    if not remarks:
        return None
    flags, wording = remarks.get("flags", {}), rubric["criteria_wording"]
    return RemarkWords(
        failed=[
            FailedCriteria(
                edits[at],
                each["name"],
                [fault_label(each["criteria"][i]["name"], wording) for i in failed],
            )
            for each in rubric["dimensions"]
            for at, failed in enumerate(flags.get(each["slug"], []))
            if failed
        ],
        strength=strength_in_words(remarks.get("strength")),
        reasons=remarks.get("reasons", []),
        n_boxes=len(remarks.get("defects", [])),
        flagged=remarks.get("flagged", False),
    )


def strength_in_words(strength: int | None) -> str:
    """Return how much better the preferred edit is; "" for None."""
    words = {1: gettext("Slightly better"), 2: gettext("Clearly better"), 3: gettext("Much better")}
    return words[strength] if strength else ""


def remarks_on(comparisons: Mapping[int, Sequence[str]]) -> dict[int, list[RemarkWords]]:
    """Return the remarks of answers in force, oldest first, by comparison id.

    comparisons: the names of the candidates in canonical order, by id. One query, plus one for each
    rubric version that is not cached yet.
    """
    found = Judgment.objects.in_force().filter(comparison__in=comparisons).exclude(remarks={})
    by_comparison: dict[int, list[RemarkWords]] = defaultdict(list)
    for pk, rubric_id, remarks in found.order_by("pk").values_list(
        "comparison", "rubric", "remarks"
    ):
        words = remarks_in_words(remarks, rubric_words(rubric_id), comparisons[pk])
        if words is not None:
            by_comparison[pk].append(words)
    return by_comparison
