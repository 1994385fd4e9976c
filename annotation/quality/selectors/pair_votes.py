"""Votes on pairs of candidates, with their generators and screen positions."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.common.columns import Column, load
from annotation.models import Campaign
from annotation.quality.selectors.outcomes import IN_FORCE, MOST_CANDIDATES, IntArray, query_params

COLUMNS = (
    Column("id", "j.id", "int8"),
    Column("comparison", "j.comparison_id", "int8"),
    Column("source", "i.source_id", "int8"),
    Column("annotator", "j.annotator_id", "int8"),
    Column("rubric", "j.rubric_id", "int8"),
    *(
        column
        for n in range(MOST_CANDIDATES)
        for column in (
            Column(f"rank {n}", f"coalesce(j.ranks[{n + 1}], 0)", "int2"),
            Column(f"candidate {n}", f"coalesce(c.candidate_ids[{n + 1}], 0)", "int8"),
            # Canonical index of the candidate at this screen position.
            Column(f"shown {n}", f"coalesce(s.shown_order[{n + 1}], -1)", "int2"),
        )
    ),
)
FROM = IN_FORCE.replace(
    " WHERE ", "  JOIN annotation_assignment s ON s.id = j.assignment_id\n WHERE ", 1
)
PAIRS = tuple(combinations(range(MOST_CANDIDATES), 2))
GENERATORS = "FROM annotation_candidate e JOIN annotation_item i ON i.id = e.item_id"


@dataclass(frozen=True)
class PairVotes:
    """Votes on pairs of canonical candidates, i before j. All (n_votes,).

    i, j: database ids of generators. outcome: 1 = i preferred, 0 = tie, -1 = j preferred. i_first:
    whether i stood at the earlier screen position. k: candidates shown together. rubric: id of the
    version answered under.
    """

    comparison: IntArray
    source: IntArray
    annotator: IntArray
    rubric: IntArray
    i: IntArray
    j: IntArray
    outcome: IntArray
    i_first: npt.NDArray[np.bool_]
    k: IntArray

    def keep(self, rows: npt.NDArray[Any]) -> "PairVotes":
        """Return the votes that `rows` names: true or false for each (n_votes,), or indices."""
        return PairVotes(**{name: column[rows] for name, column in vars(self).items()})


def pair_votes(campaign: Campaign) -> PairVotes:
    """Load the votes of judgments in force of the counting lanes. Two queries for any size.

    Sorted by submission; the pairs of one verdict are adjacent.
    """
    rows = load(COLUMNS, FROM, query_params(campaign))
    order = np.argsort(rows["id"])
    rows = {name: column[order] for name, column in rows.items()}
    known = load(
        (Column("id", "e.id", "int8"), Column("generator", "e.generator_id", "int8")),
        f"{GENERATORS} WHERE i.campaign_id = %(campaign)s ORDER BY e.id",
        {"campaign": campaign.pk},
    )
    pairs = [_pair(rows, known, a, b) for a, b in PAIRS]
    joined = PairVotes(
        **{name: np.concatenate([vars(pair)[name] for pair in pairs]) for name in vars(pairs[0])}
    )
    verdict = np.concatenate([np.flatnonzero(rows[f"rank {b}"]) for _, b in PAIRS])
    return joined.keep(np.argsort(verdict, kind="stable"))


def _pair(
    rows: Mapping[str, npt.NDArray[Any]], known: Mapping[str, npt.NDArray[Any]], a: int, b: int
) -> PairVotes:
    here = np.flatnonzero(rows[f"rank {b}"])
    position = np.full((len(here), MOST_CANDIDATES), MOST_CANDIDATES)
    for at in range(MOST_CANDIDATES):
        shown = rows[f"shown {at}"][here]
        valid = shown >= 0
        position[np.flatnonzero(valid), shown[valid]] = at

    def generator(which: int) -> IntArray:
        ids = rows[f"candidate {which}"][here]
        found: IntArray = known["generator"][np.searchsorted(known["id"], ids)]
        return found

    ranks = np.stack([rows[f"rank {n}"][here] for n in range(MOST_CANDIDATES)]).astype(np.int64)
    return PairVotes(
        comparison=rows["comparison"][here],
        source=rows["source"][here],
        annotator=rows["annotator"][here],
        rubric=rows["rubric"][here],
        i=generator(a),
        j=generator(b),
        outcome=np.sign(ranks[b] - ranks[a]),
        i_first=position[:, a] < position[:, b],
        k=np.count_nonzero(ranks, axis=0),
    )
