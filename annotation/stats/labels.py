"""The label of a comparison: mean scores, the majority per pair, a ranking where there is one.

Every array is in canonical candidate order. Outcomes stand per pair i < j, in the order
(0, 1), (0, 2), ..., (1, 2), ...: 1 = i wins, -1 = j wins, 0 = tie, None = unresolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Outcome = int | None

K_RANGE = (2, 4)
# Means of whole scores by up to 1,000 people that differ at all differ by more than this.
SAME_SCORE = 1e-7


@dataclass(frozen=True)
class Label:
    """What the judgments of one comparison come to.

    mean_scores: (k, n_dimensions), NaN where nobody scored. pair_outcomes: (n_pairs,). ranks: (k,),
    dense, 1 = best, equal = tie; None unless the outcomes are complete and transitive.
    n_conflicts: pairs whose outcome and summed mean scores name different winners.
    """

    mean_scores: FloatArray
    pair_outcomes: tuple[Outcome, ...]
    ranks: tuple[int, ...] | None
    resolved_by: Literal["majority", "adjudication"]
    n_conflicts: int


@cache
def pairs_of(k: int) -> tuple[tuple[int, int], ...]:
    """Return the pairs i < j of k candidates, in the order in which outcomes stand."""
    return tuple(combinations(range(k), 2))


def resolve(
    scores: ArrayLike, ranks: ArrayLike, *, adjudicated_ranks: ArrayLike | None = None
) -> Label:
    """Return the label of one comparison from its judgments in force that answer.

    scores: (n_judgments, k, n_dimensions), NaN where a judgment's rubric has no such dimension.
    ranks: (n_judgments, k), 1 = best, equal = tie. adjudicated_ranks: (k,), replaces the majority
    and the ranking; the mean scores stay those of the judgments. k is 2, 3 or 4.
    Raises ValueError on other shapes, on ranks that are not whole numbers from 1, on infinite
    scores, and when there is neither a judgment nor an adjudication.
    """
    marks, ranked = _checked(scores, ranks)
    means = _means(marks)
    if adjudicated_ranks is None:
        if not len(ranked):
            raise ValueError("neither a judgment nor an adjudication: there is nothing to resolve")
        outcomes = majority(ranked)
        ranking = ranking_of(outcomes, ranked.shape[1])
        resolved_by: Literal["majority", "adjudication"] = "majority"
    else:
        decided = _whole(adjudicated_ranks, "adjudicated_ranks")
        if decided.shape != ranked.shape[1:]:
            raise ValueError(f"adjudicated_ranks must rank {ranked.shape[1]} candidates")
        outcomes = tuple(outcomes_from_ranks(decided).tolist())
        ranking = ranking_of(outcomes, len(decided))
        resolved_by = "adjudication"
    return Label(means, outcomes, ranking, resolved_by, n_conflicts(outcomes, means))


def outcomes_from_ranks(ranks: ArrayLike) -> NDArray[np.int8]:
    """Return the outcome of each pair: ranks (..., k), 1 = best -> (..., n_pairs) of 1, 0, -1."""
    array = np.asarray(ranks)
    first, second = np.array(pairs_of(array.shape[-1]), dtype=np.intp).reshape(-1, 2).T
    outcomes: NDArray[np.int8] = np.sign(array[..., second] - array[..., first]).astype(np.int8)
    return outcomes


def outcomes_from_scores(mean_scores: ArrayLike) -> tuple[Outcome, ...]:
    """Return per pair the sign of the summed mean scores, the first minus the second.

    mean_scores: (k, n_dimensions). None where a score of either candidate is missing (NaN) or
    there is no dimension.
    """
    means = np.asarray(mean_scores, dtype=np.float64)
    totals = (means.sum(axis=1) if means.shape[1] else np.full(len(means), np.nan)).tolist()
    return tuple(_sign(totals[i] - totals[j]) for i, j in pairs_of(len(totals)))


def majority(ranks: ArrayLike) -> tuple[Outcome, ...]:
    """Return per pair the outcome that more than half of the judgments give, else None.

    ranks: (n_judgments, k).
    """
    votes = outcomes_from_ranks(ranks)
    shares = [((votes == outcome).sum(axis=0) * 2 > len(votes)).tolist() for outcome in (1, 0, -1)]
    return tuple(
        1 if first else 0 if tie else -1 if second else None
        for first, tie, second in zip(*shares, strict=True)
    )


def ranking_of(outcomes: Sequence[Outcome], k: int) -> tuple[int, ...] | None:
    """Return the dense ranks (k,) that give exactly these outcomes, or None if no ranks do."""
    beaten_by = [0] * k
    for (i, j), outcome in zip(pairs_of(k), outcomes, strict=True):
        if outcome is None:
            return None
        beaten_by[i] += outcome == -1
        beaten_by[j] += outcome == 1
    # Ranks exist exactly when the outcomes form a weak order. Then the number of candidates that
    # beat one determines its rank.
    for (i, j), outcome in zip(pairs_of(k), outcomes, strict=True):
        if outcome != (beaten_by[j] > beaten_by[i]) - (beaten_by[j] < beaten_by[i]):
            return None
    dense = sorted(set(beaten_by))
    return tuple(dense.index(number) + 1 for number in beaten_by)


def n_conflicts(outcomes: Sequence[Outcome], mean_scores: ArrayLike) -> int:
    """Return the number of pairs whose outcome and summed mean scores name different winners.

    A tie, on either side, names none: a tie between edits whose means differ by a third of a level
    is no contradiction. Unresolved pairs and missing scores count as no conflict.
    """
    by_scores = outcomes_from_scores(mean_scores)
    return sum(
        a is not None and b is not None and a * b == -1
        for a, b in zip(outcomes, by_scores, strict=True)
    )


def _sign(gap: float) -> Outcome:
    if gap != gap:  # noqa: PLR0124 - NaN
        return None
    return (gap > SAME_SCORE) - (gap < -SAME_SCORE)


def _means(scores: FloatArray) -> FloatArray:
    """Return the means over judgments, (k, n_dimensions), NaN where there is no score."""
    scored = ~np.isnan(scores)
    number = scored.sum(axis=0)
    totals = np.where(scored, scores, 0.0).sum(axis=0)
    means: FloatArray = np.where(number > 0, totals / np.maximum(number, 1), np.nan)
    return means


def _checked(scores: ArrayLike, ranks: ArrayLike) -> tuple[FloatArray, NDArray[np.int64]]:
    marks = np.asarray(scores, dtype=np.float64)
    ranked = _whole(ranks, "ranks")
    if marks.ndim != 3 or ranked.ndim != 2 or marks.shape[:2] != ranked.shape:  # noqa: PLR2004
        raise ValueError(
            "scores must have the shape (n_judgments, k, n_dimensions) and ranks (n_judgments, k), "
            f"not {marks.shape} and {ranked.shape}"
        )
    if not K_RANGE[0] <= ranked.shape[1] <= K_RANGE[1]:
        raise ValueError(f"a comparison has 2 to 4 candidates, not {ranked.shape[1]}")
    if np.isinf(marks).any():
        raise ValueError("scores must be finite, or NaN where there is none")
    return marks, ranked


def _whole(ranks: ArrayLike, name: str) -> NDArray[np.int64]:
    array = np.asarray(ranks)
    if array.size and (array.dtype.kind not in "iu" or array.min() < 1):
        raise ValueError(f"{name} must be whole numbers from 1")
    return array.astype(np.int64)
