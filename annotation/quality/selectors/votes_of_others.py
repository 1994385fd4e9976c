"""One person's votes beside the other people's votes on the same pairs of candidates."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import sparse

from annotation.quality.selectors.answer_rows import AnswerRows
from annotation.quality.selectors.outcomes import MOST_CANDIDATES, FloatArray, IntArray

PAIRS = tuple(combinations(range(MOST_CANDIDATES), 2))
TIE, N_CATEGORIES = 2, 5


@dataclass(frozen=True)
class PairAnswers:
    """Votes of counting lanes on pairs of candidates. All (n_votes,).

    row: index into the answers; unit: a number per pair of a comparison; category: 0 first wins, 1
    second wins, 2 to 4 a tie without kind, good or bad; counts: whether the vote is in force.
    """

    row: IntArray
    unit: IntArray
    category: IntArray
    counts: np.ndarray

    @property
    def decisive(self) -> np.ndarray:
        """(n_votes,), whether the vote names a winner."""
        decided: np.ndarray = self.category < TIE
        return decided


def pair_answers(rows: AnswerRows) -> PairAnswers:
    """Return the votes on every pair of every answer of a counting lane."""
    counting = np.flatnonzero(rows.counting)
    parts = []
    for number, (a, b) in enumerate(PAIRS):
        here = counting[rows.ranks[counting, b] > 0]
        gap = rows.ranks[here, b] - rows.ranks[here, a]
        category = np.select([gap > 0, gap < 0], [0, 1], TIE + rows.tie_kind[here])
        parts.append((here, rows.comparison[here] * len(PAIRS) + number, category))
    row, unit, category = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    _, unit = np.unique(unit, return_inverse=True)
    return PairAnswers(row, unit, category, ~rows.aside[row])


def matched(votes: PairAnswers, *, decisive: bool) -> tuple[IntArray, FloatArray]:
    """Return which votes somebody else's vote stands beside, and the share equal to each.

    decisive: compare winners only, leaving out every vote for a tie. The others' votes count when
    they are in force; the person's own vote is compared also when it was set aside.
    """
    other = votes.counts & (votes.decisive if decisive else True)
    table = np.zeros((int(votes.unit.max(initial=-1)) + 1, N_CATEGORIES))
    np.add.at(table, (votes.unit[other], votes.category[other]), 1)
    own = other.astype(float)
    equal = table[votes.unit, votes.category] - own
    total = table[votes.unit].sum(axis=1) - own
    kept = np.flatnonzero((total > 0) & (votes.decisive if decisive else True))
    return kept, equal[kept] / total[kept]


@dataclass(frozen=True)
class PairOfPeople:
    """Every time two people both named a winner on a pair, one row each. All (n,)."""

    first: IntArray
    second: IntArray
    same: FloatArray
    row_of_first: IntArray
    row_of_second: IntArray


def pairs_of_people(rows: AnswerRows, votes: PairAnswers) -> PairOfPeople:
    """Return how every two people answered the same pairs, the lower user id first.

    Votes for a tie and votes set aside are left out.
    """
    kept = np.flatnonzero(votes.decisive & votes.counts)
    units = votes.unit[kept]
    n = len(kept)
    shape = (n, int(units.max(initial=-1)) + 1)
    member = sparse.csr_matrix((np.ones(n), (np.arange(n), units)), shape=shape)
    both = sparse.triu(member @ member.T, k=1).tocoo()
    one, two = kept[both.row], kept[both.col]
    people = rows.annotator[votes.row[one]], rows.annotator[votes.row[two]]
    swap = people[0] > people[1]
    one, two = np.where(swap, two, one), np.where(swap, one, two)
    differ = rows.annotator[votes.row[one]] != rows.annotator[votes.row[two]]
    one, two = one[differ], two[differ]
    return PairOfPeople(
        first=rows.annotator[votes.row[one]],
        second=rows.annotator[votes.row[two]],
        same=(votes.category[one] == votes.category[two]).astype(float),
        row_of_first=votes.row[one],
        row_of_second=votes.row[two],
    )
