"""GEdit-Bench: outputs of a VIEScore-style judge, one folder of tables per editor."""

from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from rewardsvc.benchmarks.intervals import Interval, bootstrap, paired_difference
from rewardsvc.benchmarks.tables import Row, data_files, rows

#: The scores of one edit run from 0 to 10; the column's name is misspelt in the published tables.
CONSISTENCY, QUALITY = "sementics_score", "quality_score"
_MOST = 10.0
_TRUE = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class JudgedEdit:
    """One edit's judge scores: consistency (SC), quality (PQ) and sqrt(SC * PQ)."""

    key: str
    language: str
    shared: bool
    consistency: float
    quality: float

    @property
    def overall(self) -> float:
        return sqrt(self.consistency * self.quality)


@dataclass(frozen=True)
class Means:
    """The three means of an editor over one part of the bench; items are the intervals' units."""

    n: int
    consistency: Interval
    quality: Interval
    overall: Interval


def load_judged(folder: Path) -> dict[str, JudgedEdit]:
    """Read one editor's tables of judge scores, as the published evaluation script writes them.

    Columns: `key`, `sementics_score`, `quality_score`, `intersection_exist`,
    `instruction_language`. Raises DataFault on scores outside 0 to 10 and on a key that stands
    twice with one language.
    """
    found: dict[str, JudgedEdit] = {}
    for path in data_files(folder, suffixes=(".csv",)):
        for row in rows(path):
            edit = _judged(row)
            name = f"{edit.language}:{edit.key}"
            if name in found:
                raise row.fault("key", f"{edit.key} stands twice")
            found[name] = edit
    return found


def means(edits: dict[str, JudgedEdit], *, language: str, shared_only: bool) -> Means:
    """Return the means over one language; shared_only: only edits that every editor could make.

    The published tables call the latter the intersection subset, "-I".
    """
    chosen = part(edits, language=language, shared_only=shared_only)
    items = np.array([edit.key for edit in chosen])

    def of(values: list[float]) -> Interval:
        array = np.array(values)
        return bootstrap(
            lambda rows: float(array[rows].mean()) if len(rows) else None,
            items,
            bounds=(0.0, _MOST),
        )

    return Means(
        len(chosen),
        of([edit.consistency for edit in chosen]),
        of([edit.quality for edit in chosen]),
        of([edit.overall for edit in chosen]),
    )


def part(edits: dict[str, JudgedEdit], *, language: str, shared_only: bool) -> list[JudgedEdit]:
    """Return the edits of one language, by key; shared_only as in `means`."""
    return [
        edit
        for _, edit in sorted(edits.items())
        if edit.language == language and (edit.shared or not shared_only)
    ]


def compared(
    first: dict[str, JudgedEdit], second: dict[str, JudgedEdit], *, language: str
) -> Interval:
    """Return the overall score of one editor minus another's, over the edits that both have."""
    keys = sorted(key for key in first.keys() & second.keys() if first[key].language == language)
    one, other = (
        np.array([edits[key].overall for key in keys]) for edits in (first, second)
    )  # fmt: skip
    return paired_difference(
        lambda rows: float(one[rows].mean()) if len(rows) else None,
        lambda rows: float(other[rows].mean()) if len(rows) else None,
        [first[key].key for key in keys],
        bounds=(-_MOST, _MOST),
    )


def _judged(row: Row) -> JudgedEdit:
    shared = _TRUE.get(row.text("intersection_exist").lower())
    if shared is None:
        raise row.fault("intersection_exist", "is neither true nor false")
    scores = []
    for column in (CONSISTENCY, QUALITY):
        score = row.number_of(column)
        if not 0 <= score <= _MOST:
            raise row.fault(column, f"{score:g} lies outside 0 to 10")
        scores.append(score)
    return JudgedEdit(row.text("key"), row.text("instruction_language"), shared, *scores)
