"""Paired votes: checked, and counted per pair, order and outcome."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.stats.bootstrap import FloatArray, IntArray

# Up to this many possible rows a table of flags is faster than sorting.
FLAGS = 20_000_000


@dataclass(frozen=True)
class PairVotes:
    """Comparisons of item i with item j, each (n_comparisons,).

    outcome: 1 = i wins, 0 = tie, -1 = j wins. order: 1 = i shown first, -1 = j, 0 = not known.
    weights: how often each was seen, positive.
    """

    n_items: int
    i: IntArray
    j: IntArray
    outcome: IntArray
    order: IntArray
    weights: FloatArray


@dataclass(frozen=True)
class PairTable:
    """Votes per distinct (i, j, order), i < j.

    i, j, order: (n_rows,). counts: (n_rows, 3), weight of "i wins", "tie", "j wins".
    """

    n_items: int
    i: IntArray
    j: IntArray
    order: IntArray
    counts: FloatArray

    def with_counts(self, counts: FloatArray) -> "PairTable":
        return PairTable(self.n_items, self.i, self.j, self.order, counts)


def checked_votes(  # noqa: PLR0913 - a vote has that many parts
    i: ArrayLike,
    j: ArrayLike,
    outcome: ArrayLike,
    n_items: int,
    *,
    first_shown: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    names: tuple[str, str] = ("i", "j"),
) -> PairVotes:
    """Return the votes as arrays, or raise ValueError saying what is wrong with them."""
    n_items = checked_n_items(n_items)
    left, right = checked_items(i, n_items, names[0]), checked_items(j, n_items, names[1])
    if len(left) != len(right):
        raise ValueError(f"{names[0]} has {len(left)} comparisons, {names[1]} {len(right)}")
    if not len(left):
        raise ValueError("there are no comparisons to rank by")
    if (left == right).any():
        item = int(left[left == right][0])
        raise ValueError(f"item {item} is compared with itself")
    results = whole_numbers(outcome, "outcome")
    if results.shape != left.shape:
        raise ValueError(f"outcome has the shape {results.shape}, not {left.shape}")
    if not np.isin(results, (-1, 0, 1)).all():
        raise ValueError("outcome must be 1 (i wins), 0 (tie) or -1 (j wins)")
    order = _order(first_shown, left, right, names)
    counted = checked_weights(weights, len(left))
    seen = counted > 0
    parts = (left[seen], right[seen], results[seen], order[seen], counted[seen])
    return PairVotes(n_items, *parts)


def checked_n_items(n_items: int) -> int:
    if isinstance(n_items, bool) or not isinstance(n_items, int | np.integer) or n_items < 2:  # noqa: PLR2004
        raise ValueError(f"n_items must be a whole number of at least 2, not {n_items!r}")
    return int(n_items)


def checked_items(values: ArrayLike, n_items: int, name: str) -> IntArray:
    """Return item indices (n,), or raise ValueError naming the argument."""
    items = whole_numbers(values, name)
    if items.ndim != 1:
        raise ValueError(f"{name} must have the shape (n_comparisons,), not {items.shape}")
    outside = (items < 0) | (items >= n_items)
    if outside.any():
        raise ValueError(f"{name} names item {items[outside][0]}, outside 0 to {n_items - 1}")
    return items


def checked_weights(weights: ArrayLike | None, n: int) -> FloatArray:
    """Return weights (n,), 1 where none are given; not all of them zero."""
    if weights is None:
        return np.ones(n)
    counted = _numbers(weights, "weights").astype(np.float64)
    if counted.shape != (n,):
        raise ValueError(f"weights must have the shape ({n},), not {counted.shape}")
    if not (np.isfinite(counted) & (counted >= 0)).all():
        raise ValueError("weights must be finite and not negative")
    if not counted.any():
        raise ValueError("all weights are zero: there are no comparisons to rank by")
    return counted


def whole_numbers(values: ArrayLike, name: str) -> IntArray:
    array = _numbers(values, name)
    if array.dtype.kind == "b":
        raise ValueError(f"{name} must be whole numbers, not true or false")
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.floor(array))).all():
        raise ValueError(f"{name} must be whole numbers, none of them NaN")
    return array.astype(np.int64)


def tabulate(votes: PairVotes) -> tuple[PairTable, IntArray]:
    """Count the votes; also return each vote's cell, (n_comparisons,) = 3 * row + column."""
    swapped = votes.i > votes.j
    sign: IntArray = np.where(swapped, -1, 1)
    low, high = np.minimum(votes.i, votes.j), np.maximum(votes.i, votes.j)
    keys = (low * votes.n_items + high) * 3 + sign * votes.order + 1
    distinct, rows = _distinct(keys, 3 * votes.n_items**2)
    cells = 3 * rows + 1 - sign * votes.outcome
    counts = summed(cells, votes.weights, 3 * len(distinct))
    pairs, order = np.divmod(distinct, 3)
    i, j = np.divmod(pairs, votes.n_items)
    return PairTable(votes.n_items, i, j, order - 1, counts.reshape(-1, 3)), cells


def summed(where: IntArray, what: FloatArray, n: int) -> FloatArray:
    """Return the sums of `what` by index 0 to n - 1, (n,)."""
    sums = np.bincount(where, what, n)
    return sums.astype(np.float64, copy=False)


def _distinct(keys: IntArray, n_possible: int) -> tuple[IntArray, IntArray]:
    if n_possible > FLAGS:
        distinct, rows = np.unique(keys, return_inverse=True)
        return distinct, rows
    present = np.zeros(n_possible, dtype=bool)
    present[keys] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def _order(
    first_shown: ArrayLike | None, i: IntArray, j: IntArray, names: tuple[str, str]
) -> IntArray:
    if first_shown is None:
        return np.zeros(len(i), dtype=np.int64)
    first = _numbers(first_shown, "first_shown")
    if first.shape != i.shape:
        raise ValueError(f"first_shown must have the shape {i.shape}, not {first.shape}")
    if first.dtype.kind == "b":
        return np.where(first, 1, -1)
    items = whole_numbers(first, "first_shown")
    if not ((items == i) | (items == j) | (items == -1)).all():
        raise ValueError(
            f"first_shown must be the item shown first, so {names[0]} or {names[1]} of its "
            f"comparison, or -1 where it is not known; or true where {names[0]} was first"
        )
    order: IntArray = (items == i).astype(np.int64) - (items == j)
    return order


def _numbers(values: ArrayLike, name: str) -> NDArray[np.generic]:
    try:
        array: NDArray[np.generic] = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from None
    if array.size == 0:
        return array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be an array of numbers")
    return array
