"""Agreement corrected for chance, with weighted categories."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import stdtrit

from annotation.stats.bootstrap import (
    DENSE_NUMBERS,
    Bootstrap,
    Draws,
    FloatArray,
    IntArray,
    Rows,
    resample_units,
)
from annotation.stats.coincidence import checked_ratings, distinct_rows, multisets_of

# Every two categories have a weight; more distinct votes than this are rather a measurement.
MOST_CATEGORIES = 1000
# Columns of the rows: observed agreement, units with two votes, units, then shares of categories.
N_SUMS = 3


class GwetAgreement(NamedTuple):
    """Gwet's AC with its standard error and 95 % interval; None where undefined.

    standard_error, low and high are None as well when there is only one unit.
    """

    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class UnitTable:
    """What each distinct pattern of votes adds to a chance-corrected coefficient.

    categories: (q,) ascending. weights: (q, q), 1 = full agreement. shares: (n_patterns, q), what
    part of a unit's votes each category got. observed: (n_patterns,) weighted agreement of the
    pairs of votes on a unit, 0 without a pair. paired: (n_patterns,) whether there is a pair.
    counts: (n_patterns,) units of each pattern. pattern: (n_voted,) pattern of each unit with a
    vote. voted: (n_units,) which units those are.
    """

    categories: FloatArray
    weights: FloatArray
    shares: sparse.csr_array
    observed: FloatArray
    paired: FloatArray
    counts: IntArray
    pattern: IntArray
    voted: NDArray[np.bool_]


def gwet_ac(
    ratings: ArrayLike, *, weights: str = "identity", categories: ArrayLike | None = None
) -> GwetAgreement:
    """Return Gwet's AC1 (identity weights) or AC2 (other weights) with its standard error.

    ratings: (n_raters, n_units), NaN = no vote. weights: identity, linear or quadratic (in the
    values of the categories) or ordinal (in their ranks). categories: the whole scale, so that a
    category nobody chose counts too; the distinct votes when left out.
    A unit with one vote adds nothing to observed agreement, but counts in chance agreement.
    The interval is Student's t with n_units - 1 degrees of freedom, cut off at -1 and 1; it takes
    units as independent (`bootstrap_gwet_ac` takes clusters).
    Undefined (None) as `why_gwet_undefined` says. Raises ValueError on unknown weights, ratings of
    another shape, infinite votes, votes outside the categories, and more than 1,000 categories.
    Source: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, 29-48;
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapters 3 to 5.
    """
    table = unit_table(ratings, weights, categories)
    rows, counts = _rows(table), table.counts
    value = _value(_gwet, table, rows)
    if value is None:
        return GwetAgreement(None, None, None, None)
    n_units, n_paired = int(counts.sum()), float(counts @ table.paired)
    if n_units < 2:  # noqa: PLR2004 - one unit cannot vary
        return GwetAgreement(value, None, None, None)
    shares = counts @ table.shares / n_units
    scale = _chance_scale(table)
    chance = scale * (shares * (1 - shares)).sum()
    # Linearised: each unit's own coefficient, less its part in the error of chance agreement.
    per_unit = n_units / n_paired * (table.observed - chance * table.paired) / (1 - chance)
    own_chance = scale * (table.shares @ (1 - shares))
    linear = per_unit - 2 * (1 - value) * (own_chance - chance) / (1 - chance)
    error = float(np.sqrt(counts @ (linear - value) ** 2 / (n_units * (n_units - 1))))
    half = error * float(stdtrit(n_units - 1, 0.975))
    return GwetAgreement(value, error, max(-1.0, value - half), min(1.0, value + half))


def why_gwet_undefined(ratings: ArrayLike, *, categories: ArrayLike | None = None) -> str | None:
    """Return the reason why Gwet's AC is undefined on these ratings, as a sentence, or None."""
    table = unit_table(ratings, "identity", categories)
    if not len(table.counts):
        return "There are no votes."
    if not table.paired.any():
        return "No unit has votes of two or more raters."
    if len(table.categories) < 2:  # noqa: PLR2004 - chance agreement needs a choice
        return "All votes are the same value; without a second category chance is undefined."
    return None


def bootstrap_gwet_ac(
    ratings: ArrayLike,
    *,
    weights: str = "identity",
    categories: ArrayLike | None = None,
    **draws: Unpack[Draws],
) -> Bootstrap:
    """Return Gwet's AC with a 95 % bootstrap interval over units, or clusters of units.

    Arguments as in `gwet_ac` and `Draws`. The categories are those of all votes in every replicate.
    """
    return _bootstrap(_gwet, unit_table(ratings, weights, categories), draws)


def brennan_prediger(
    ratings: ArrayLike, *, weights: str = "identity", categories: ArrayLike | None = None
) -> float | None:
    """Return Brennan and Prediger's coefficient: chance is every category equally often.

    Arguments, errors and undefined cases as in `gwet_ac`.
    Source: Brennan and Prediger (1981), Educational and Psychological Measurement 41, 687-699.
    """
    table = unit_table(ratings, weights, categories)
    return _value(_brennan_prediger, table, _rows(table))


def fleiss_of_ratings(ratings: ArrayLike) -> float | None:
    """Return Fleiss' kappa of ratings (n_raters, n_units), NaN = no vote.

    With missing votes as Gwet (2014) extends it: observed agreement over the units with two or
    more votes, chance from every unit's shares, whatever its number of votes. Without them it is
    the kappa of `fleiss_kappa`. None where undefined: no pair of votes, or one category alone.
    """
    table = unit_table(ratings, "identity", None)
    return _value(_fleiss, table, _rows(table))


def unit_table(ratings: ArrayLike, weights: str, categories: ArrayLike | None) -> UnitTable:
    """Return ratings as patterns of votes. Raises ValueError as `gwet_ac`."""
    if weights not in WEIGHTS:
        raise ValueError(f"weights must be one of {', '.join(WEIGHTS)}, not {weights!r}")
    array = checked_ratings(ratings)
    voted = np.asarray((~np.isnan(array)).any(axis=0))
    values, multisets = multisets_of(array[:, voted])
    scale = values if categories is None else _scale(categories, values)
    if len(scale) > MOST_CATEGORIES:
        raise ValueError(
            f"weights need at most {MOST_CATEGORIES} categories, not {len(scale)} distinct votes: "
            "use krippendorff_alpha at interval level for measurements"
        )
    multisets = np.append(np.searchsorted(scale, values), len(scale))[multisets]
    first, pattern, counts = distinct_rows(multisets, len(scale) + 1)
    table = WEIGHTS[weights](scale)
    shares, observed, paired = _per_pattern(multisets[first], table)
    return UnitTable(scale, table, shares, observed, paired, counts, pattern, voted)


def _scale(categories: ArrayLike, values: FloatArray) -> FloatArray:
    scale = np.unique(checked_ratings(np.atleast_2d(np.asarray(categories))))
    if np.isnan(scale).any():
        raise ValueError("categories must not be NaN")
    outside = np.setdiff1d(values, scale)
    if len(outside):
        raise ValueError(f"votes outside the categories: {', '.join(map(str, outside[:5]))}")
    return scale


def _per_pattern(
    multisets: IntArray, weights: FloatArray
) -> tuple[sparse.csr_array, FloatArray, FloatArray]:
    """Return shares, observed agreement and whether there is a pair, of each pattern."""
    q = len(weights)
    padded = np.zeros((q + 1, q + 1))
    padded[:q, :q] = weights
    number = (multisets < q).sum(axis=1)
    together = np.zeros(len(multisets))
    for a in range(multisets.shape[1]):
        for b in range(a + 1, multisets.shape[1]):
            together += padded[multisets[:, a], multisets[:, b]]
    observed = 2 * together / np.maximum(number * (number - 1), 1)
    row, slot = np.nonzero(multisets < q)
    entries = (1 / number[row], (row, multisets[row, slot]))
    shares = sparse.coo_array(entries, shape=(len(multisets), q)).tocsr()
    return shares, observed, (number > 1).astype(np.float64)


def _rows(table: UnitTable) -> Rows:
    sums = np.stack([table.observed, table.paired, np.ones_like(table.paired)], axis=1)
    if len(sums) * (N_SUMS + len(table.categories)) <= DENSE_NUMBERS:
        return np.hstack([sums, table.shares.toarray()])
    return sparse.csr_array(sparse.hstack([sparse.csr_array(sums), table.shares]))


def _bootstrap(statistic: "Coefficient", table: UnitTable, draws: Draws) -> Bootstrap:
    n_paired = int(table.counts @ table.paired)
    rows = _rows(table)
    return resample_units(
        rows, table.pattern, table.voted, partial(statistic, table), n_units=n_paired, draws=draws
    )


def _value(statistic: "Coefficient", table: UnitTable, rows: Rows) -> float | None:
    value = statistic(table, table.counts[None, :].astype(np.float64) @ rows)[0]
    return None if np.isnan(value) else float(value)


def _chance_scale(table: UnitTable) -> float:
    q = len(table.categories)
    return float(table.weights.sum() / (q * (q - 1)))


# Each coefficient: sums (n, N_SUMS + q) of rows -> (n,), NaN = undefined.
Coefficient = Callable[[UnitTable, FloatArray], FloatArray]


def _gwet(table: UnitTable, sums: FloatArray) -> FloatArray:
    if len(table.categories) < 2:  # noqa: PLR2004
        return np.full(len(sums), np.nan)
    shares = _shares(sums)
    return _corrected(sums, _chance_scale(table) * (shares * (1 - shares)).sum(axis=1))


def _brennan_prediger(table: UnitTable, sums: FloatArray) -> FloatArray:
    if len(table.categories) < 2:  # noqa: PLR2004
        return np.full(len(sums), np.nan)
    return _corrected(sums, np.full(len(sums), table.weights.mean()))


def _fleiss(_table: UnitTable, sums: FloatArray) -> FloatArray:
    alone = (sums[:, N_SUMS:] > 0).sum(axis=1) < 2  # noqa: PLR2004 - one category alone
    return _corrected(sums, np.where(alone, 1.0, (_shares(sums) ** 2).sum(axis=1)))


def _shares(sums: FloatArray) -> FloatArray:
    shares: FloatArray = sums[:, N_SUMS:] / np.maximum(sums[:, 2:N_SUMS], 1)
    return shares


def _corrected(sums: FloatArray, chance: FloatArray) -> FloatArray:
    """Return (observed - chance) / (1 - chance), NaN without a pair or where chance is certain."""
    undefined = (sums[:, 1] <= 0) | (chance >= 1)
    observed = sums[:, 0] / np.where(undefined, 1.0, sums[:, 1])
    return np.where(undefined, np.nan, (observed - chance) / np.where(undefined, 1.0, 1.0 - chance))


def _unit_scale(values: FloatArray) -> FloatArray:
    """Return values from 0 to 1, in halves so that no difference overflows."""
    halves = values / 2
    low, high = halves.min(initial=np.inf), halves.max(initial=-np.inf)
    return (halves - low) / (high - low) if high > low else np.zeros(len(values))


def _linear(values: FloatArray) -> FloatArray:
    unit = _unit_scale(values)
    return 1 - np.abs(unit[:, None] - unit)


def _quadratic(values: FloatArray) -> FloatArray:
    unit = _unit_scale(values)
    weights: FloatArray = 1 - (unit[:, None] - unit) ** 2
    return weights


def _ordinal(values: FloatArray) -> FloatArray:
    """Return 1 less the number of pairs of categories from one to the other, over the most."""
    rank = np.arange(len(values))
    between = np.abs(rank[:, None] - rank) + 1
    pairs = between * (between - 1) / 2
    weights: FloatArray = 1 - pairs / max(pairs.max(initial=0), 1)
    return weights


WEIGHTS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "identity": lambda values: np.eye(len(values)),
    "linear": _linear,
    "quadratic": _quadratic,
    "ordinal": _ordinal,
}
