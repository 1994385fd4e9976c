"""Load judgments as arrays: one query, without a Python object per row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.common.columns import Column, load
from annotation.models import COUNTING_LANES, Campaign, Dimension
from annotation.stats.labels import outcomes_from_ranks

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Verdict categories of one pair of canonical candidates. A tie of all candidates has a tie kind; a
# tie inside a longer ranking has none.
FIRST, SECOND, TIE, TIE_GOOD, TIE_BAD = range(5)


@dataclass(frozen=True)
class Answers:
    """Judgments in force of the counting lanes that answer, in order of submission.

    comparison, source, annotator: (n,) database ids; k: (n,) candidates each;
    scores: (n, 4, n_dimensions), NaN beyond k and for dimensions of other rubric versions;
    ranks: (n, 4), 0 beyond k; tie_kind: (n,) "", "good" or "bad"; active_ms: (n,), NaN = unknown.
    rubric: (n,) ids of the versions answered under; submitted: (n,) seconds since 1970.
    """

    comparison: IntArray
    source: IntArray
    annotator: IntArray
    k: IntArray
    scores: FloatArray
    ranks: IntArray
    tie_kind: npt.NDArray[np.str_]
    active_ms: FloatArray
    rubric: IntArray
    submitted: IntArray
    dimensions: tuple[str, ...]

    def keep(self, rows: npt.NDArray[Any]) -> "Answers":
        """Return the answers that `rows` names: true or false for each (n,), or indices."""
        columns = {
            name: column[rows] for name, column in vars(self).items() if name != "dimensions"
        }
        return Answers(**columns, dimensions=self.dimensions)

    def __len__(self) -> int:
        return len(self.comparison)


# Judgments in force of the counting lanes that answer, on comparisons in use.
IN_FORCE = """
  FROM annotation_judgment j
  JOIN annotation_comparison c ON c.id = j.comparison_id
  JOIN annotation_item i ON i.id = c.item_id
 WHERE j.campaign_id = %(campaign)s AND j.lane = ANY (%(lanes)s) AND NOT j.surplus
   AND j.scores IS NOT NULL AND c.withdrawn_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM annotation_judgment l WHERE l.supersedes_id = j.id)
   AND NOT EXISTS (SELECT 1 FROM annotation_setaside a WHERE a.judgment_id = j.id)
"""
MOST_CANDIDATES = 4
TIE_KINDS = np.array(["", "good", "bad"])
ANSWER_COLUMNS = (
    Column("id", "j.id", "int8"),
    Column("comparison", "j.comparison_id", "int8"),
    Column("source", "i.source_id", "int8"),
    Column("annotator", "j.annotator_id", "int8"),
    Column("rubric", "j.rubric_id", "int8"),
    Column("tie_kind", "CASE j.tie_kind WHEN 'good' THEN 1 WHEN 'bad' THEN 2 ELSE 0 END", "int2"),
    Column("active_ms", "coalesce(j.active_ms, -1)", "int4"),
    Column("submitted", "floor(extract(epoch FROM j.created_at))::int8", "int8"),
    *(
        Column(f"rank {c}", f"coalesce(j.ranks[{c + 1}], 0)", "int2")
        for c in range(MOST_CANDIDATES)
    ),
)


def answers(campaign: Campaign) -> Answers:
    """Load a campaign's answers. Two queries for any size; a million rows take seconds."""
    slots = dimension_columns(campaign)
    slugs = sorted({slug for columns in slots.values() for slug in columns})
    width = max((len(columns) for columns in slots.values()), default=0)
    scores = [
        Column(f"score {c} {d}", f"coalesce(j.scores[{c + 1}][{d + 1}], 0)", "int2")
        for c in range(MOST_CANDIDATES)
        for d in range(width)
    ]
    rows = load((*ANSWER_COLUMNS, *scores), IN_FORCE, query_params(campaign))
    order = np.argsort(rows["id"])
    rows = {name: column[order] for name, column in rows.items()}
    ranks = np.stack([rows[f"rank {c}"] for c in range(MOST_CANDIDATES)], axis=1).astype(np.int64)
    active_ms = rows["active_ms"].astype(np.float64)
    return Answers(
        comparison=rows["comparison"],
        source=rows["source"],
        annotator=rows["annotator"],
        k=np.count_nonzero(ranks, axis=1),
        scores=scores_by_slug(rows, slots, slugs),
        ranks=ranks,
        tie_kind=TIE_KINDS[rows["tie_kind"]],
        active_ms=np.where(active_ms < 0, np.nan, active_ms),
        rubric=rows["rubric"],
        submitted=rows["submitted"],
        dimensions=tuple(slugs),
    )


def query_params(campaign: Campaign) -> dict[str, Any]:
    """Return the parameters of IN_FORCE."""
    return {"campaign": campaign.pk, "lanes": [str(lane) for lane in COUNTING_LANES]}


def scores_by_slug(
    rows: Mapping[str, npt.NDArray[Any]], slots: Mapping[int, Sequence[str]], slugs: Sequence[str]
) -> FloatArray:
    """Return scores (n, 4, n_dimensions): each rubric version has its own order of dimensions."""
    scores = np.full((len(rows["id"]), MOST_CANDIDATES, len(slugs)), np.nan)
    for rubric, columns in slots.items():
        of_rubric = np.flatnonzero(rows["rubric"] == rubric)
        for c in range(MOST_CANDIDATES):
            for d, slug in enumerate(columns):
                values = rows[f"score {c} {d}"][of_rubric]
                scores[of_rubric, c, slugs.index(slug)] = np.where(values > 0, values, np.nan)
    return scores


def dimension_columns(campaign: Campaign) -> dict[int, list[str]]:
    """Return the slugs of each rubric version by its id, in the order of its scores. One query."""
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
    """Votes on units in long form: one rater, unit and label per vote. All (n_votes,)."""

    unit: IntArray
    rater: IntArray
    value: FloatArray
    source: IntArray

    def keep(self, rows: npt.NDArray[Any]) -> "Votes":
        """Return the votes where `rows` (n_votes,) is true."""
        return Votes(self.unit[rows], self.rater[rows], self.value[rows], self.source[rows])


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
        # A comparison has at most six pairs, so unit numbers of different comparisons never
        # collide.
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

    Coefficients for interchangeable raters need only the votes on each unit. So row j holds the
    j-th vote of each unit instead of one person: the matrix has as many rows as the overlap.
    """
    order = np.argsort(votes.unit, kind="stable")
    unit, start, count = np.unique(votes.unit[order], return_index=True, return_counts=True)
    column = np.repeat(np.arange(len(unit)), count)
    row = np.arange(len(order)) - np.repeat(start, count)
    ratings = np.full((int(count.max(initial=0)), len(unit)), np.nan)
    ratings[row, column] = votes.value[order]
    return ratings, votes.source[order][start]
