"""From judgments to arrays: one query, then numpy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.models import Campaign, Dimension, Judgment
from annotation.stats.labels import outcomes_from_ranks

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Verdict categories of one pair of canonical candidates. An all-tie carries its kind; a tie
# inside a longer ranking has none.
FIRST, SECOND, TIE, TIE_GOOD, TIE_BAD = range(5)


@dataclass(frozen=True)
class Answers:
    """Judgments in force of the counting lanes that answer, in order of submission.

    comparison, source, annotator: (n,) database ids; k: (n,) candidates each;
    scores: (n, 4, n_dimensions), NaN beyond k and for dimensions of other rubric versions;
    ranks: (n, 4), 0 beyond k; tie_kind: (n,) "", "good" or "bad"; active_ms: (n,), NaN = unknown.
    """

    comparison: IntArray
    source: IntArray
    annotator: IntArray
    k: IntArray
    scores: FloatArray
    ranks: IntArray
    tie_kind: npt.NDArray[np.str_]
    active_ms: FloatArray
    dimensions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.comparison)


def answers(campaign: Campaign) -> Answers:
    """Load a campaign's answers. Two queries, whatever the size."""
    slots = _dimension_columns(campaign)
    slugs = sorted({slug for columns in slots.values() for slug in columns})
    column = {slug: i for i, slug in enumerate(slugs)}
    rows = list(
        Judgment.objects.in_force()
        .counting()
        .filter(campaign=campaign, scores__isnull=False, comparison__withdrawn_at__isnull=True)
        .order_by("id")
        .values_list(
            "comparison_id",
            "comparison__item__source_id",
            "annotator_id",
            "rubric_id",
            "scores",
            "ranks",
            "tie_kind",
            "active_ms",
        )
    )
    n = len(rows)
    scores = np.full((n, 4, len(slugs)), np.nan)
    ranks = np.zeros((n, 4), dtype=np.int64)
    for i, (*_, rubric, given, places, _, _) in enumerate(rows):
        k = len(places or ())
        scores[i, :k, [column[slug] for slug in slots[rubric]]] = np.array(given).T
        ranks[i, :k] = np.array(places)
    return Answers(
        comparison=_ids(rows, 0),
        source=_ids(rows, 1),
        annotator=_ids(rows, 2),
        k=np.count_nonzero(ranks, axis=1),
        scores=scores,
        ranks=ranks,
        tie_kind=np.array([row[6] or "" for row in rows], dtype=np.str_),
        active_ms=np.array([np.nan if row[7] is None else row[7] for row in rows], dtype=float),
        dimensions=tuple(slugs),
    )


def _ids(rows: list[tuple[Any, ...]], index: int) -> IntArray:
    return np.array([row[index] for row in rows], dtype=np.int64)


def _dimension_columns(campaign: Campaign) -> dict[int, list[str]]:
    columns: dict[int, list[str]] = {}
    for rubric_id, slug in (
        Dimension.objects.filter(rubric__campaign=campaign)
        .order_by("rubric_id", "position")
        .values_list("rubric_id", "slug")
    ):
        columns.setdefault(rubric_id, []).append(slug)
    return columns


@dataclass(frozen=True)
class Votes:
    """Long votes on units: who said what about what. All (n_votes,)."""

    unit: IntArray
    rater: IntArray
    value: FloatArray
    source: IntArray


def score_votes(data: Answers, dimension: str) -> Votes:
    """Return the scores on one dimension; a unit is a candidate within a comparison."""
    values = data.scores[:, :, data.dimensions.index(dimension)]
    row, position = np.nonzero(~np.isnan(values))
    return Votes(
        unit=data.comparison[row] * 4 + position,
        rater=data.annotator[row],
        value=values[row, position],
        source=data.source[row],
    )


def verdict_votes(data: Answers) -> Votes:
    """Return the verdicts as nominal categories; a unit is a pair of canonical candidates."""
    units, raters, values, sources = [], [], [], []
    for k in (2, 3, 4):
        of_k = np.flatnonzero(data.k == k)
        if not len(of_k):
            continue
        outcome = outcomes_from_ranks(data.ranks[of_k, :k])  # (n, pairs) in 1, 0, -1
        category = np.select([outcome == 1, outcome == -1], [FIRST, SECOND], TIE)
        kind = data.tie_kind[of_k][:, None]
        category = np.where(kind == "good", TIE_GOOD, category)
        category = np.where(kind == "bad", TIE_BAD, category)
        n_pairs = category.shape[1]
        # Six pairs at most, so that units of different k never meet.
        units.append((data.comparison[of_k][:, None] * 6 + np.arange(n_pairs)).ravel())
        raters.append(np.repeat(data.annotator[of_k], n_pairs))
        values.append(category.ravel().astype(float))
        sources.append(np.repeat(data.source[of_k], n_pairs))
    if not units:
        none = np.zeros(0, dtype=np.int64)
        return Votes(none, none, np.zeros(0), none)
    return Votes(
        np.concatenate(units),
        np.concatenate(raters),
        np.concatenate(values),
        np.concatenate(sources),
    )


def rating_matrix(votes: Votes) -> tuple[FloatArray, IntArray]:
    """Return ratings (n_votes_per_unit, n_units), NaN = missing, and the source of each unit.

    Coefficients for interchangeable raters ask only which votes met on a unit, so a row is the
    j-th vote on each unit and not a person: the matrix stays as small as the overlap.
    """
    order = np.argsort(votes.unit, kind="stable")
    unit, start, count = np.unique(votes.unit[order], return_index=True, return_counts=True)
    column = np.repeat(np.arange(len(unit)), count)
    row = np.arange(len(order)) - np.repeat(start, count)
    ratings = np.full((int(count.max(initial=0)), len(unit)), np.nan)
    ratings[row, column] = votes.value[order]
    return ratings, votes.source[order][start]
