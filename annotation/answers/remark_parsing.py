"""Check the remarks of an answer (annotation/answers/remarks.py). Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.answers.checks import (
    is_integer,
    is_number,
    list_by_position,
    refuse_unknown,
    text_of,
)
from annotation.answers.remarks import Remarks
from annotation.errors import InvalidAnswer
from annotation.rubrics.text import Scale

FIELDS = frozenset(("flags", "strength", "reasons", "defects", "flagged"))
DEFECT_FIELDS = frozenset(("candidate", "box", "dimension", "criterion"))
STRENGTHS = (1, 2, 3)
MAX_REASONS, MAX_REASON = 12, 60
MAX_DEFECTS = 12
PAIR = 2
# Tolerance: x + width of a box that ends at the edge may exceed 1 in floating point.
ROUNDING = 1e-9


def parse_remarks(
    value: Any, *, k: int, dimensions: Sequence[Scale], ranks: Sequence[int] | None
) -> Remarks | None:
    """Return remarks by screen position; None when the client says nothing about them.

    ranks None: the person could not judge; then only `flagged` is kept. The campaign's rules for
    reasons and strength are not checked, so that a rule that changes meanwhile cannot lose an
    answer. Raises InvalidAnswer naming the field.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidAnswer("remarks", "remarks must be an object.")
    refuse_unknown(value, FIELDS, "remarks.")
    remarks: Remarks = {"flagged": _flagged(value.get("flagged"))}
    if ranks is not None:
        remarks |= {
            "flags": _flags(value.get("flags"), k, dimensions),
            "strength": _strength(value.get("strength"), ranks),
            "reasons": _reasons(value.get("reasons")),
            "defects": _defects(value.get("defects"), k, dimensions),
        }
    return {name: part for name, part in remarks.items() if part}


def kept_by_revision(old: Mapping[str, Any], *, same_verdict: bool) -> Remarks:
    """Return the remarks that a revision without remarks keeps.

    The strength is kept only with the same verdict.
    """
    return {name: part for name, part in old.items() if same_verdict or name != "strength"}


def _flagged(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise InvalidAnswer("remarks.flagged", "remarks.flagged must be true or false.")
    return bool(value)


def _flags(value: Any, k: int, dimensions: Sequence[Scale]) -> dict[str, list[list[int]]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidAnswer(
            "remarks.flags", "remarks.flags must be an object with one list per dimension."
        )
    scales = {scale.slug: scale for scale in dimensions}
    refuse_unknown(value, scales, "remarks.flags.")
    flags = {}
    for slug, rows in value.items():
        name = f"remarks.flags.{slug}"
        column = list_by_position(rows, k, name)
        flags[slug] = [
            _failed(failed, scales[slug], f"{name}[{at}]") for at, failed in enumerate(column)
        ]
    return {slug: rows for slug, rows in flags.items() if any(rows)}


def _failed(value: Any, scale: Scale, name: str) -> list[int]:
    if not isinstance(value, list):
        raise InvalidAnswer(name, f"{name} must be a list of the numbers of failed criteria.")
    for index in value:
        _check_criterion(index, scale, name)
    if len(set(value)) < len(value):
        raise InvalidAnswer(name, "A criterion fails once; name it once.")
    return sorted(value)


def _check_criterion(index: Any, scale: Scale, name: str) -> None:
    if not is_integer(index) or not 0 <= index < scale.n_criteria:
        known = f"0 to {scale.n_criteria - 1}" if scale.n_criteria else "none"
        raise InvalidAnswer(name, f"There is no such criterion of {scale.slug}; there is {known}.")


def _strength(value: Any, ranks: Sequence[int]) -> int | None:
    if value is None:
        return None
    name = "remarks.strength"
    if len(ranks) != PAIR:
        raise InvalidAnswer(name, "A strength is for two candidates; leave it null.")
    if len(set(ranks)) == 1:
        raise InvalidAnswer(name, "A tie has no strength; leave it null.")
    if not is_integer(value) or value not in STRENGTHS:
        raise InvalidAnswer(name, "A strength is 1 slightly, 2 clearly or 3 much better.")
    return int(value)


def _reasons(value: Any) -> list[str]:
    name = "remarks.reasons"
    for at, reason in enumerate(_short_list(value, MAX_REASONS, name)):
        if not text_of(reason, f"{name}[{at}]", MAX_REASON).strip():
            raise InvalidAnswer(f"{name}[{at}]", "A reason needs words.")
        if reason in value[:at]:
            raise InvalidAnswer(f"{name}[{at}]", "Each reason is given once.")
    return list(value or [])


def _defects(value: Any, k: int, dimensions: Sequence[Scale]) -> list[dict[str, Any]]:
    name = "remarks.defects"
    return [
        _defect(one, k, dimensions, f"{name}[{at}]")
        for at, one in enumerate(_short_list(value, MAX_DEFECTS, name))
    ]


def _defect(value: Any, k: int, dimensions: Sequence[Scale], name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise InvalidAnswer(name, f"{name} must be an object with candidate and box.")
    refuse_unknown(value, DEFECT_FIELDS, f"{name}.")
    candidate = value.get("candidate")
    if candidate is None or not is_integer(candidate) or not 0 <= candidate < k:
        raise InvalidAnswer(
            f"{name}.candidate", f"A candidate is a screen position from 0 to {k - 1}."
        )
    box = _box(value.get("box"), f"{name}.box")
    slug, criterion = value.get("dimension"), value.get("criterion")
    scale = next((scale for scale in dimensions if scale.slug == slug), None)
    if slug is not None and scale is None:
        raise InvalidAnswer(f"{name}.dimension", "The rubric has no such dimension.")
    if criterion is not None:
        if scale is None:
            raise InvalidAnswer(f"{name}.criterion", "A criterion needs its dimension.")
        _check_criterion(criterion, scale, f"{name}.criterion")
    return {"candidate": candidate, "box": box, "dimension": slug, "criterion": criterion}


def _box(value: Any, name: str) -> list[float]:
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):  # noqa: PLR2004
        raise InvalidAnswer(name, f"{name} must be [x, y, width, height].")
    # Check each number alone first: a sum of huge integers may fail, and NaN is in no range.
    if not all(0 <= part <= 1 for part in value):
        raise InvalidAnswer(name, "A box is measured in fractions of the edit, from 0 to 1.")
    x, y, width, height = value
    if not (width and height):
        raise InvalidAnswer(name, "A box needs a width and a height.")
    if x + width > 1 + ROUNDING or y + height > 1 + ROUNDING:
        raise InvalidAnswer(name, "A box must lie inside the edit.")
    return value


def _short_list(value: Any, most: int, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidAnswer(name, f"{name} must be a list.")
    if len(value) > most:
        raise InvalidAnswer(name, f"{name} takes at most {most}.")
    return value
