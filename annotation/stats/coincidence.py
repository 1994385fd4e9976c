"""Votes as coincidence counts. They add over units, so resampling does not need the votes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from annotation.stats.bootstrap import DENSE_NUMBERS, FloatArray, IntArray, Rows

# Rows of the ratio metric that are held at once, times the number of values.
RATIO_BLOCK = 512


@dataclass(frozen=True)
class Coincidences:
    """The distinct vote-count patterns of the units that have at least two votes.

    values: (n_values,) distinct votes, ascending. pairs: (2, n_pairs) indices c < k into values
    of every two different votes that met in a unit. rows: (n_patterns, n_values + n_pairs), what
    one unit of the pattern adds: first its votes per value, then n_c * n_k / (m - 1) per pair.
    counts: (n_patterns,) units of each pattern. pattern: (n_pairable,) pattern of each unit with
    two votes. pairable: (n_units,) which units those are.
    """

    values: FloatArray
    pairs: IntArray
    rows: Rows
    counts: IntArray
    pattern: IntArray
    pairable: NDArray[np.bool_]


def checked_ratings(ratings: ArrayLike) -> FloatArray:
    """Return ratings as a float array (n_raters, n_units), or raise ValueError saying why not."""
    try:
        array = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"ratings must be numbers, NaN where a vote is missing: {error}") from None
    if array.ndim != 2:  # noqa: PLR2004 - raters and units
        raise ValueError(f"ratings must have the shape (n_raters, n_units), not {array.shape}")
    if np.isinf(array).any():
        raise ValueError("ratings must be finite, or NaN where a vote is missing")
    return array


def coincidences(ratings: FloatArray) -> Coincidences:
    """Count the votes of each unit and group the units by these counts.

    ratings: (n_raters, n_units), NaN = no vote. Units with fewer than two votes are left out.
    """
    pairable = (~np.isnan(ratings)).sum(axis=0) >= 2  # noqa: PLR2004 - two votes make a pair
    values, multisets = multisets_of(ratings[:, pairable])
    first, pattern, counts = distinct_rows(multisets, len(values) + 1)
    rows, pairs = _rows(multisets[first], len(values))
    return Coincidences(values, pairs, rows, counts, pattern, pairable)


def multisets_of(ratings: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the distinct votes, ascending, and each unit's sorted votes as indices into them.

    ratings: (n_raters, n_units), NaN = no vote -> (n_values,) and (n_units, most votes on a unit),
    n_values where a unit has fewer votes than that.
    """
    here = ~np.isnan(ratings)
    values = np.unique(ratings[here])
    codes = np.full(ratings.shape, len(values), dtype=np.int64)
    codes[here] = np.searchsorted(values, ratings[here])
    # Sorted, a unit's votes are its counts; what is missing sorts to the end and is cut off.
    return values, np.sort(codes.T, axis=1)[:, : here.sum(axis=0).max(initial=0)]


def distinct_rows(multisets: IntArray, base: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return first index, inverse and count of the distinct rows of digits below base."""
    key = np.zeros(len(multisets), dtype=np.int64)
    span = 1
    for digit in multisets.T:
        if span > np.iinfo(np.int64).max // base:
            key = np.unique(key, return_inverse=True)[1]
            span = len(key)
        key = key * base + digit
        span *= base
    _, first, inverse, counts = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    return first, inverse, counts


def _rows(multisets: IntArray, n_values: int) -> tuple[Rows, IntArray]:
    """Return what one unit of each multiset adds, and the pairs of values that its columns mean.

    multisets: (n_patterns, most votes), sorted, n_values where a vote is missing.
    """
    votes, number = _runs(multisets, n_values)
    pattern, slot = np.nonzero(number)
    others = number.sum(axis=1) - 1
    meetings = [(pattern[:0], pattern[:0], number[:0, 0] if number.size else np.zeros(0))]
    for a in range(votes.shape[1]):
        for b in range(a + 1, votes.shape[1]):
            met = np.flatnonzero(number[:, b])
            weight = number[met, a] * number[met, b] / others[met]
            meetings.append((met, votes[met, a] * n_values + votes[met, b], weight))
    met, cell, weight = (np.concatenate(parts) for parts in zip(*meetings, strict=True))
    cells, column = np.unique(cell, return_inverse=True)
    shape = (len(multisets), n_values + len(cells))
    row_of = np.concatenate([pattern, met])
    column_of = np.concatenate([votes[pattern, slot], n_values + column])
    data = np.concatenate([number[pattern, slot], weight])
    rows = sparse.coo_array((data, (row_of, column_of)), shape=shape).tocsr()
    pairs = np.stack(np.divmod(cells, max(n_values, 1)))
    return (rows.toarray() if shape[0] * shape[1] <= DENSE_NUMBERS else rows), pairs


def _runs(multisets: IntArray, n_values: int) -> tuple[IntArray, FloatArray]:
    """Return the distinct votes of each sorted row and how often each occurs, 0 = padding."""
    present = multisets < n_values
    starts = present.copy()
    starts[:, 1:] &= multisets[:, 1:] != multisets[:, :-1]
    run = np.cumsum(starts, axis=1) - 1
    width = int(run.max(initial=-1)) + 1
    votes = np.full((len(multisets), width), n_values, dtype=np.int64)
    number = np.zeros((len(multisets), width))
    row, column = np.nonzero(present)
    votes[row, run[row, column]] = multisets[row, column]
    np.add.at(number, (row, run[row, column]), 1.0)
    return votes, number


def alphas(sums: FloatArray, table: Coincidences, level: str) -> FloatArray:
    """Return Krippendorff's alpha of each row of summed rows, NaN where it is undefined.

    sums: (n_replicates, n_values + n_pairs), sums of `table.rows`. The ordinal metric counts the
    votes between two values and is taken anew from every replicate's own votes.
    """
    n_values = len(table.values)
    votes, met = sums[:, :n_values], sums[:, n_values:]
    distances, expected = METRICS[level](votes, table)
    observed = 2 * (met * distances).sum(axis=1)
    undefined = expected <= 0
    ratio = observed / np.where(undefined, 1.0, expected)
    result: FloatArray = 1 - (votes.sum(axis=1) - 1) * ratio
    result[undefined] = np.nan
    return result


def agreements(sums: FloatArray, table: Coincidences) -> FloatArray:
    """Return the observed pairwise agreement of each row of summed rows, NaN without votes."""
    n_values = len(table.values)
    total = sums[:, :n_values].sum(axis=1)
    apart = 2 * sums[:, n_values:].sum(axis=1)
    share: FloatArray = 1 - apart / np.where(total > 0, total, 1.0)
    share[total <= 0] = np.nan
    return share


# Each metric: votes (n_replicates, n_values) -> squared distances of the pairs, (n_pairs,) or
# (n_replicates, n_pairs), and the sum over all c, k of n_c * n_k * distance, (n_replicates,).
Metric = Callable[[FloatArray, Coincidences], tuple[FloatArray, FloatArray]]


def _nominal(votes: FloatArray, table: Coincidences) -> tuple[FloatArray, FloatArray]:
    total = votes.sum(axis=1)
    return np.ones(table.pairs.shape[1]), total**2 - (votes**2).sum(axis=1)


def _ordinal(votes: FloatArray, table: Coincidences) -> tuple[FloatArray, FloatArray]:
    total = votes.sum(axis=1, keepdims=True)
    # Mid-ranks around their mean, which is half the number of votes.
    ranks = np.cumsum(votes, axis=1) - votes / 2 - total / 2
    low, high = table.pairs
    spread = (votes * ranks**2).sum(axis=1)
    return (ranks[:, high] - ranks[:, low]) ** 2, 2 * total[:, 0] * spread


def _interval(votes: FloatArray, table: Coincidences) -> tuple[FloatArray, FloatArray]:
    values = _scaled(table.values)
    values = _scaled(values - values[:1])
    total = votes.sum(axis=1)
    # Around each replicate's mean, to avoid cancellation.
    mean = votes @ values / np.where(total > 0, total, 1.0)
    spread = (votes * (values - mean[:, None]) ** 2).sum(axis=1)
    spread[(votes > 0).sum(axis=1) < 2] = 0.0  # noqa: PLR2004 - one value: rounding is no spread
    low, high = table.pairs
    return (values[high] - values[low]) ** 2, 2 * total * spread


def _ratio(votes: FloatArray, table: Coincidences) -> tuple[FloatArray, FloatArray]:
    values = _scaled(table.values)
    expected = np.zeros(len(votes))
    for start in range(0, len(values), RATIO_BLOCK):
        block = slice(start, start + RATIO_BLOCK)
        distances = _relative(values[block, None], values)
        expected += (votes[:, block] * (votes @ distances.T)).sum(axis=1)
    low, high = table.pairs
    return _relative(values[low], values[high]), expected


def _relative(a: FloatArray, b: FloatArray) -> FloatArray:
    together = a + b
    share: FloatArray = ((a - b) / np.where(together > 0, together, 1.0)) ** 2
    return share


def _scaled(values: FloatArray) -> FloatArray:
    """Return values times the power of two that brings the largest near 1: exact, no overflow."""
    exponent = np.frexp(np.abs(values).max(initial=0.0))[1]
    scaled: FloatArray = np.ldexp(values, -exponent)
    return scaled


METRICS: dict[str, Metric] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
