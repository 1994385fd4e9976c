"""Remarks: what an answer says beyond scores and verdict, and for which candidate.

{"flags": {slug: [[failed criterion, ...] per candidate]}, "strength": 1 slightly, 2 clearly or
3 much, "reasons": [text], "defects": [{"candidate", "box": [x, y, width, height] in fractions of
the edit, "dimension": slug or null, "criterion": index or null}], "flagged": true}. Empty parts are
left out. Clients number candidates by screen position; stored remarks number them in canonical
order.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotation.rubrics.criteria_words import exported_name

Remarks = dict[str, Any]


def to_canonical(remarks: Mapping[str, Any], shown_order: Sequence[int]) -> Remarks:
    """Return remarks by canonical candidate; shown_order[i] = canonical index at position i."""
    return _mapped(remarks, shown_order.__getitem__)


def to_shown(remarks: Mapping[str, Any], shown_order: Sequence[int]) -> Remarks:
    """Return stored remarks by screen position: the inverse of `to_canonical`."""
    return _mapped(remarks, list(shown_order).index)


def with_criterion_names(remarks: Mapping[str, Any], rubric: Mapping[str, Any]) -> Remarks:
    """Return remarks with names of failed criteria instead of numbers.

    rubric: the version's words. Where they say what should hold, the name is "not: ...".
    """
    wording = rubric["criteria_wording"]
    names = {
        each["slug"]: [exported_name(one["name"], wording) for one in each["criteria"]]
        for each in rubric["dimensions"]
    }
    result = dict(remarks)
    if "flags" in result:
        result["flags"] = {
            slug: [[names[slug][index] for index in failed] for failed in rows]
            for slug, rows in result["flags"].items()
        }
    if "defects" in result:
        result["defects"] = [_named(defect, names) for defect in result["defects"]]
    return result


def _named(defect: Mapping[str, Any], names: Mapping[str, Sequence[str]]) -> Remarks:
    index = defect["criterion"]
    return {**defect, "criterion": None if index is None else names[defect["dimension"]][index]}


def _mapped(remarks: Mapping[str, Any], moved: Callable[[int], int]) -> Remarks:
    result = dict(remarks)
    if "flags" in result:
        result["flags"] = {slug: _row(rows, moved) for slug, rows in result["flags"].items()}
    if "defects" in result:
        result["defects"] = [
            defect | {"candidate": moved(defect["candidate"])} for defect in result["defects"]
        ]
    return result


def _row(rows: Sequence[list[int]], moved: Callable[[int], int]) -> list[list[int]]:
    placed = {moved(at): failed for at, failed in enumerate(rows)}
    return [placed[at] for at in range(len(rows))]
