"""What a person's answers show, as arrays. Pure: numpy alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

PAIRS = tuple(combinations(range(4), 2))
# So many levels between two scores are a full preference.
FULL = 1.5
# A person's agreement is typical of a campaign only with this many shared answers.
ENOUGH_SHARED = 20
NO_SHARES: FloatArray = np.zeros(0)
NO_FLAGS: BoolArray = np.zeros(0, dtype=bool)


@dataclass(frozen=True)
class Evidence:
    """What is known of one person, each array in order of time.

    gold: (n_gold,), whether the verdict is the expected one. repeats: (n_repeats,), whether the
    second verdict equals the first. left: (n_decisive,), share of the decided pairs of an answer
    whose left edit won. match: (n_shared,), how far an answer goes with the others' votes, 1/2 for
    an unrelated one; weight: (n_shared,), from 0 to 1, how clear those votes are. typical: the
    match of the middle one of all people over 1/2 at weight 1; None with fewer than two people to
    compare.
    """

    gold: BoolArray = field(default_factory=lambda: NO_FLAGS)
    repeats: BoolArray = field(default_factory=lambda: NO_FLAGS)
    left: FloatArray = field(default_factory=lambda: NO_SHARES)
    match: FloatArray = field(default_factory=lambda: NO_SHARES)
    weight: FloatArray = field(default_factory=lambda: NO_SHARES)
    typical: float | None = None


@dataclass(frozen=True)
class Agreement:
    """match, weight: of every answer, (n,), NaN where nobody else voted; typical: see Evidence."""

    match: FloatArray
    weight: FloatArray
    typical: float | None


@dataclass(frozen=True)
class CampaignEvidence:
    """What is known of everybody. person: (n,), who gave each counting answer, in order of time.

    left: (n,), see `left_wins`. gold, repeats: by person, as in Evidence.
    """

    person: IntArray
    agreement: Agreement
    left: FloatArray
    gold: Mapping[int, BoolArray]
    repeats: Mapping[int, BoolArray]

    def of(self, person: int) -> Evidence:
        """Return what is known of one person."""
        mine = self.person == person
        shared = mine & ~np.isnan(self.agreement.match)
        return Evidence(
            gold=self.gold.get(person, NO_FLAGS),
            repeats=self.repeats.get(person, NO_FLAGS),
            left=self.left[mine & ~np.isnan(self.left)],
            match=self.agreement.match[shared],
            weight=self.agreement.weight[shared],
            typical=self.agreement.typical,
        )


def preferences(ranks: IntArray, scores: FloatArray) -> FloatArray:
    """Return how far each answer prefers the first of each pair, by verdict and by dimension.

    ranks: (n, 4), 1 = best, 0 beyond k. scores: (n, 4, n_dimensions), NaN beyond k and where a
    dimension was not asked. Returns (n, 1 + n_dimensions, 6), by PAIRS: from 1 (the first) over 0
    (none) to -1 (the second); NaN where not asked.
    """
    worth = np.where(ranks > 0, -ranks.astype(np.float64), np.nan)[:, :, None]
    first, second = (
        np.concatenate([worth * FULL, scores], axis=2)[:, [pair[side] for pair in PAIRS]]
        for side in (0, 1)
    )
    result: FloatArray = np.clip((first - second) / FULL, -1, 1).transpose(0, 2, 1)
    return result


def agreement(person: IntArray, comparison: IntArray, preferred: FloatArray) -> Agreement:
    """Return how far each answer goes with the other people's on the same comparison.

    person, comparison: (n,), database ids, one answer of a person per comparison. preferred:
    (n, questions, 6), see `preferences`. An answer prefers one of a pair by the mean of its
    questions. The others' preference is their mean, drawn to 0 as if one more person had none. The
    match is the answer's preference in that direction, from 0 to 1, pairs weighted by how clear the
    others are; the weight is the mean of that. An answer that has nothing to do with the pictures
    matches by 1/2, whatever its habits: canonical order and sides are drawn by hash.
    """
    asked = ~np.isnan(preferred)
    n_asked = asked.sum(axis=1)  # (n, 6)
    own = np.where(asked, preferred, 0.0).sum(axis=1) / np.maximum(n_asked, 1)
    _, unit = np.unique(comparison, return_inverse=True)
    voted = (n_asked > 0).astype(np.float64)
    sums, counts = (_by_unit(unit, values) for values in (own, voted))
    n_others = np.where(voted > 0, counts[unit] - voted, 0.0)
    others = np.where(n_others > 0, (sums[unit] - own) / (n_others + 1), 0.0)
    n_pairs = (n_others > 0).sum(axis=1)
    clear = np.abs(others).sum(axis=1)
    shared = n_pairs > 0
    along = (own * others).sum(axis=1) / np.where(clear > 0, 2 * clear, 1.0)
    match = np.where(shared, 0.5 + along, np.nan)
    weight = np.where(shared, clear / np.maximum(n_pairs, 1), np.nan)
    return Agreement(match, weight, _typical(person, match, weight))


def left_wins(shown_at: IntArray, verdict: FloatArray) -> FloatArray:
    """Return per answer the share of its decided pairs whose left edit won; NaN without one.

    shown_at: (n, 4), screen position of each canonical candidate, -1 beyond k. verdict: (n, 6),
    the verdict's preferences.
    """
    first, second = (shown_at[:, [pair[side] for pair in PAIRS]] for side in (0, 1))
    left_won = np.where(first < second, verdict > 0, verdict < 0)
    decided = np.abs(np.nan_to_num(verdict)) > 0
    n_decided = decided.sum(axis=1)
    wins: FloatArray = (left_won & decided).sum(axis=1) / np.where(n_decided, n_decided, np.nan)
    return wins


def _by_unit(unit: IntArray, values: FloatArray) -> FloatArray:
    """Return the sums of rows (n, 6) by unit."""
    sums = np.zeros((unit.max(initial=-1) + 1, values.shape[1]))
    np.add.at(sums, unit, values)
    return sums


def _typical(person: IntArray, match: FloatArray, weight: FloatArray) -> float | None:
    """Return the median over people of the slope of their match over 1/2 on the weight."""
    shared = ~np.isnan(match)
    _, who = np.unique(person[shared], return_inverse=True)
    n = np.bincount(who)
    along = np.bincount(who, (match[shared] - 0.5) * weight[shared])
    square = np.bincount(who, weight[shared] ** 2)
    known = (n >= ENOUGH_SHARED) & (square > 0)
    slopes = along[known] / square[known]
    return float(np.median(slopes)) if len(slopes) > 1 else None
