"""Cohen's kappa of two raters and Fleiss' kappa of vote counts, with bootstrap intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from annotation.stats.bootstrap import (
    DENSE_NUMBERS,
    Bootstrap,
    Draws,
    FloatArray,
    IntArray,
    Rows,
    resample_units,
)
from annotation.stats.coincidence import checked_ratings, distinct_rows


@dataclass(frozen=True)
class PairTable:
    """The units on which both of two raters voted, by their pair of votes.

    values: (q,) distinct votes, ascending. rows: (n_patterns, 1 + 2q), the disagreement of the
    pair, then who voted what. pattern: (n_both,) pattern of each such unit. both: (n_units,).
    """

    values: FloatArray
    rows: Rows
    pattern: IntArray
    both: NDArray[np.bool_]


def cohen_kappa(a: ArrayLike, b: ArrayLike, *, weights: str | None = None) -> float | None:
    """Return Cohen's kappa of two raters, or None where undefined (see `why_cohen_undefined`).

    a, b: (n_units,) votes, NaN = no vote; units without both votes are left out. weights: None,
    or linear or quadratic in the values of the votes: 1, 2 and 4 are not evenly spaced, and a
    value between them that nobody used changes nothing.
    Raises ValueError on unknown weights, votes that are no numbers or infinite, other shapes.
    Source: Cohen (1960), Educational and Psychological Measurement 20, 37-46; weighted: Cohen
    (1968), Psychological Bulletin 70, 213-220.
    """
    table = _pairs(a, b, weights)
    counts = np.bincount(table.pattern, minlength=table.rows.shape[0]).astype(np.float64)
    value = _cohen(counts[None, :] @ table.rows, table=table, weights=weights)[0]
    return None if np.isnan(value) else float(value)


def why_cohen_undefined(a: ArrayLike, b: ArrayLike) -> str | None:
    """Return the reason why Cohen's kappa is undefined, as a sentence, or None."""
    table = _pairs(a, b, None)
    if not table.both.any():
        return "No unit has votes of both raters."
    if len(table.values) < 2:  # noqa: PLR2004 - chance agreement needs variety
        return "Both raters gave one and the same value to every unit they share."
    return None


def bootstrap_cohen_kappa(
    a: ArrayLike, b: ArrayLike, *, weights: str | None = None, **draws: Unpack[Draws]
) -> Bootstrap:
    """Return Cohen's kappa with a 95 % bootstrap interval over units, or clusters of units.

    Arguments as in `cohen_kappa` and `Draws`. n_units: those with both votes.
    """
    table = _pairs(a, b, weights)
    statistic = partial(_cohen, table=table, weights=weights)
    n_units = int(table.both.sum())
    return resample_units(
        table.rows, table.pattern, table.both, statistic, n_units=n_units, draws=draws
    )


def fleiss_kappa(counts: ArrayLike) -> float | None:
    """Return Fleiss' kappa, or None where undefined (see `why_fleiss_undefined`).

    counts: (n_units, n_categories), how many votes each unit gave each category, the same number
    of votes on every unit. (For missing votes see `chance_corrected.fleiss_of_ratings`.)
    Raises ValueError on another shape, counts that are no whole numbers from 0, or units with
    different numbers of votes.
    Source: Fleiss (1971), Psychological Bulletin 76, 378-382.
    """
    array = _counts(counts)
    if _why_fleiss_undefined(array) is not None:
        return None
    n_units, n_votes = len(array), array[0].sum()
    observed = ((array**2).sum() / n_units - n_votes) / (n_votes * (n_votes - 1))
    chance = ((array.sum(axis=0) / (n_units * n_votes)) ** 2).sum()
    return float((observed - chance) / (1 - chance))


def why_fleiss_undefined(counts: ArrayLike) -> str | None:
    """Return the reason why Fleiss' kappa is undefined, as a sentence, or None."""
    return _why_fleiss_undefined(_counts(counts))


def _why_fleiss_undefined(array: FloatArray) -> str | None:
    if not array.any():
        return "There are no votes."
    if array[0].sum() < 2:  # noqa: PLR2004 - two votes make a pair
        return "No unit has votes of two or more raters."
    if array.any(axis=0).sum() < 2:  # noqa: PLR2004 - chance agreement needs variety
        return "All votes are of one category; kappa needs two."
    return None


def _counts(counts: ArrayLike) -> FloatArray:
    try:
        array = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"counts must be numbers: {error}") from None
    if array.ndim != 2:  # noqa: PLR2004 - units and categories
        raise ValueError(f"counts must have the shape (n_units, n_categories), not {array.shape}")
    if not np.isfinite(array).all() or (array < 0).any() or (array != np.floor(array)).any():
        raise ValueError("counts must be whole numbers from 0")
    number = array.sum(axis=1)
    if (number != number[:1]).any():
        raise ValueError(
            "Fleiss' kappa needs the same number of votes on every unit, not "
            f"{number.min():g} to {number.max():g}"
        )
    return array


def _pairs(a: ArrayLike, b: ArrayLike, weights: str | None) -> PairTable:
    if weights not in EXPECTED:
        named = ", ".join(map(str, EXPECTED))
        raise ValueError(f"weights must be one of {named}, not {weights!r}")
    first, second = _votes(a, "a"), _votes(b, "b")
    if first.shape != second.shape:
        raise ValueError(f"a has {len(first)} units, b {len(second)}")
    both = ~np.isnan(first) & ~np.isnan(second)
    votes = np.stack([first[both], second[both]])
    values, codes = np.unique(votes, return_inverse=True)
    codes = codes.reshape(votes.shape).T
    where, pattern, _ = distinct_rows(codes, len(values) + 1)
    return PairTable(values, _pair_rows(codes[where], values, weights), pattern, both)


def _votes(votes: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(votes)
    if array.ndim != 1:
        raise ValueError(f"{name} must have the shape (n_units,), not {array.shape}")
    try:
        checked: FloatArray = checked_ratings(array[None, :])[0]
    except ValueError as error:
        raise ValueError(str(error).replace("ratings", name, 1)) from None
    return checked


def _pair_rows(codes: IntArray, values: FloatArray, weights: str | None) -> Rows:
    n, q = len(codes), len(values)
    scaled = _scaled(values)[codes]
    gap = np.abs(scaled[:, 0] - scaled[:, 1])
    apart = {None: (gap > 0).astype(np.float64), "linear": gap, "quadratic": gap**2}[weights]
    each = np.arange(n)
    data = np.concatenate([apart, np.ones(2 * n)])
    column = np.concatenate([np.zeros(n, dtype=np.int64), 1 + codes[:, 0], 1 + q + codes[:, 1]])
    rows = sparse.coo_array((data, (np.tile(each, 3), column)), shape=(n, 1 + 2 * q)).tocsr()
    return rows.toarray() if n * (1 + 2 * q) <= DENSE_NUMBERS else rows


def _scaled(values: FloatArray) -> FloatArray:
    """Return values scaled to 0 to 1; halved first, so that no difference overflows."""
    halves = values / 2
    span = np.ptp(halves) if len(halves) > 1 else 1.0
    scaled: FloatArray = (halves - halves[:1]) / span
    return scaled


def _cohen(sums: FloatArray, *, table: PairTable, weights: str | None) -> FloatArray:
    """Return 1 less the ratio of observed to expected disagreement, NaN where that is 0 / 0."""
    q = len(table.values)
    apart, first, second = sums[:, 0], sums[:, 1 : 1 + q], sums[:, 1 + q :]
    total = first.sum(axis=1)
    expected = EXPECTED[weights](first, second, _scaled(table.values))
    # Whole numbers: exact, where rounding could leave a trace of expected disagreement.
    undefined = (first * second).sum(axis=1) >= total**2
    ratio = total * apart / np.where(undefined, 1.0, expected)
    return np.where(undefined, np.nan, 1 - ratio)


# Expected disagreement times the square of the number of units:
# votes of the first and second rater (n, q), values scaled to 0 to 1 (q,) -> (n,).
Expected = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def _nominal(first: FloatArray, second: FloatArray, _scaled: FloatArray) -> FloatArray:
    both: FloatArray = first.sum(axis=1) * second.sum(axis=1) - (first * second).sum(axis=1)
    return both


def _linear(first: FloatArray, second: FloatArray, scaled: FloatArray) -> FloatArray:
    # The distance of two votes is the length of the steps between values that separate them.
    below, below_too = np.cumsum(first, axis=1)[:, :-1], np.cumsum(second, axis=1)[:, :-1]
    above = first.sum(axis=1, keepdims=True) - below
    above_too = second.sum(axis=1, keepdims=True) - below_too
    apart: FloatArray = (below * above_too + above * below_too) @ np.diff(scaled)
    return apart


def _quadratic(first: FloatArray, second: FloatArray, scaled: FloatArray) -> FloatArray:
    squares = (first @ scaled**2) * second.sum(axis=1) + (second @ scaled**2) * first.sum(axis=1)
    apart: FloatArray = squares - 2 * (first @ scaled) * (second @ scaled)
    return apart


EXPECTED: dict[str | None, Expected] = {
    None: _nominal,
    "linear": _linear,
    "quadratic": _quadratic,
}
