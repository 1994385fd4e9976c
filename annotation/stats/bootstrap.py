"""Resample units (or clusters of units) whose statistic is a function of summed rows."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.special import ndtr, ndtri

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Rows: TypeAlias = FloatArray | sparse.csr_array
Statistic = Callable[[FloatArray], FloatArray]  # (n, n_columns) -> (n,), NaN = undefined

LEVELS = (0.025, 0.975)
METHODS = ("auto", "percentile", "bca")
# Below this many units the percentile interval is visibly off-centre.
BCA_BELOW = 100
# Replicates are drawn in blocks of about this many numbers (32 MB).
BLOCK_NUMBERS = 4_000_000
# Dense rows are multiplied by BLAS; above this many numbers (40 MB) sparse rows save memory.
DENSE_NUMBERS = 5_000_000
# A binomial draw costs about as much as this many uniform ones.
BINOMIAL_COST = 4
SAME = 1e-12


class Resampled(NamedTuple):
    """A 95 % interval; None where undefined, never 0, 1 or NaN.

    low, high: None with fewer than two units, and where all replicates are alike.
    n_degenerate: replicates in which the statistic was undefined; they are left out of the
    interval. All of them when the estimate itself is undefined.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n_degenerate: int


def resample(  # noqa: PLR0913 - three inputs and the three knobs every caller passes on
    rows: Rows,
    counts: IntArray,
    statistic: Statistic,
    *,
    n_replicates: int = 2000,
    seed: int = 0,
    method: str = "auto",
) -> Resampled:
    """Return a statistic of summed rows with its 95 % bootstrap interval.

    rows: (n_patterns, n_columns), what one unit of the pattern adds. counts: (n_patterns,) units
    of each pattern. A replicate draws as many units as there are, with replacement.
    method: percentile, bca, or auto = BCa below 100 units. No interval for fewer than two units,
    or where the statistic is the same in all replicates.
    Raises ValueError on an unknown method or fewer than one replicate.
    Source: Efron and Tibshirani (1993), chapters 13 and 14.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not isinstance(n_replicates, int | np.integer) or n_replicates < 1:
        raise ValueError(f"n_replicates must be a positive whole number, not {n_replicates!r}")
    n_units = int(counts.sum())
    estimate = float(statistic(_sums(counts[None, :].astype(np.float64), rows))[0])
    if np.isnan(estimate):
        return Resampled(None, None, None, n_replicates)
    rng = np.random.default_rng(seed)
    blocks = draws(rng, counts, n_replicates, rows.shape[1])
    values = np.concatenate([statistic(_sums(weights, rows)) for weights in blocks])
    defined = np.sort(values[~np.isnan(values)])
    n_degenerate = n_replicates - len(defined)
    if n_units < 2 or not len(defined):  # noqa: PLR2004 - one unit cannot vary
        return Resampled(estimate, None, None, n_degenerate)
    if np.ptp(defined) <= SAME:
        # Units that do not differ do not show how much others would.
        return Resampled(estimate, None, None, n_degenerate)
    levels = np.array(LEVELS)
    if method == "bca" or (method == "auto" and n_units < BCA_BELOW):
        levels = _bca_levels(estimate, defined, _leave_one_out(rows, counts, statistic))
    low, high = np.quantile(defined, levels)
    return Resampled(estimate, float(low), float(high), n_degenerate)


class Bootstrap(NamedTuple):
    """An agreement with its 95 % interval; None where it is undefined.

    low, high: None also with fewer than two units or clusters, and where all replicates are alike.
    n_units: units with at least two votes; others carry no information on agreement.
    n_degenerate: replicates in which it was undefined; they are left out of the interval.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n_units: int
    n_degenerate: int


class Draws(TypedDict, total=False):
    """How to resample: the keywords of every function that gives a bootstrap interval.

    clusters: (n_units,), for example the source image of each unit; units of one cluster are drawn
    together, and a unit's votes always stay together. n_replicates: 2000. seed: 0.
    method: percentile, bca, or auto = BCa below 100 units (or clusters) and percentile from there.
    """

    clusters: ArrayLike | None
    n_replicates: int
    seed: int
    method: str


def resample_units(  # noqa: PLR0913 - a table of patterns, and how to draw from it
    rows: Rows,
    pattern: IntArray,
    members: NDArray[np.bool_],
    statistic: Statistic,
    *,
    n_units: int,
    draws: Draws,
) -> Bootstrap:
    """Return `resample` of units given as patterns, drawn singly or in clusters.

    rows: (n_patterns, n_columns). members: (n_all,) which units take part. pattern: (n_members,)
    row of each of them. n_units: reported in the result. Raises ValueError on clusters that do not
    name one for each of all units.
    """
    knobs: Any = {name: value for name, value in draws.items() if name != "clusters"}
    clusters = draws.get("clusters")
    if clusters is None:
        counts = np.bincount(pattern, minlength=rows.shape[0])
    else:
        numbers = cluster_numbers(clusters, len(members))
        groups = np.unique(numbers[members], return_inverse=True)[1]
        rows, counts = merged(grouped(groups, pattern, rows))
    found = resample(rows, counts, statistic, **knobs)
    return Bootstrap(*found[:3], n_units, found.n_degenerate)


def merged(rows: Rows) -> tuple[Rows, IntArray]:
    """Return the distinct rows and how often each occurs; sparse rows are left as they are."""
    if not isinstance(rows, np.ndarray):
        return rows, np.ones(rows.shape[0], dtype=np.int64)
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return distinct, counts


def grouped(groups: IntArray, patterns: IntArray, rows: Rows) -> Rows:
    """Sum rows per group: groups and patterns (n_units,) -> (n_groups, n_columns)."""
    shape = (int(groups.max(initial=-1)) + 1, rows.shape[0])
    members = sparse.coo_array((np.ones(len(groups)), (groups, patterns)), shape=shape).tocsr()
    if isinstance(rows, np.ndarray) and shape[0] * rows.shape[1] > DENSE_NUMBERS:
        rows = sparse.csr_array(rows)
    summed: Rows = members @ rows
    return summed


def cluster_numbers(clusters: ArrayLike, n_units: int) -> IntArray:
    """Return clusters (n_units,) of any one kind of name as numbers from 0.

    Raises ValueError on another length, NaN, or names that cannot be sorted together.
    """
    names = np.asarray(clusters)
    if names.shape != (n_units,):
        raise ValueError(
            f"clusters must name one cluster for each of the {n_units} units, "
            f"not have the shape {names.shape}"
        )
    if names.dtype.kind == "f" and np.isnan(names).any():
        raise ValueError("clusters must not be NaN: every unit belongs to one")
    try:
        numbers: IntArray = np.unique(names, return_inverse=True)[1]
    except TypeError:
        raise ValueError("clusters must be all numbers or all text") from None
    return numbers


def _sums(weights: FloatArray, rows: Rows) -> FloatArray:
    sums: FloatArray = weights @ rows
    return sums


def draws(
    rng: np.random.Generator, counts: IntArray, n_replicates: int, n_columns: int
) -> Iterator[FloatArray]:
    """Yield blocks of (replicates, n_patterns): how often each pattern was drawn."""
    n_units, n_patterns = int(counts.sum()), len(counts)
    block = max(1, BLOCK_NUMBERS // max(n_patterns, n_columns, 1))
    owner = np.repeat(np.arange(n_patterns), counts)
    for start in range(0, n_replicates, block):
        size = min(block, n_replicates - start)
        if n_units > BINOMIAL_COST * n_patterns:
            yield rng.multinomial(n_units, counts / n_units, size=size).astype(np.float64)
            continue
        weights = np.empty((size, n_patterns))
        for replicate in weights:
            drawn = owner[rng.integers(n_units, size=n_units)]
            replicate[:] = np.bincount(drawn, minlength=n_patterns)
        yield weights


def _leave_one_out(
    rows: Rows, counts: IntArray, statistic: Statistic
) -> tuple[FloatArray, FloatArray]:
    """Return the statistic without one unit of each pattern, and the patterns' counts."""
    dense = rows if isinstance(rows, np.ndarray) else rows.toarray()
    weights = counts.astype(np.float64)
    values = statistic(weights @ dense - dense)
    defined = ~np.isnan(values)
    return values[defined], weights[defined]


def _bca_levels(
    estimate: float, replicates: FloatArray, jackknife: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Return the bias-corrected and accelerated quantile levels, (2,).

    Source: Efron (1987), Journal of the American Statistical Association 82, 171-185. Replicates
    equal to the estimate count half, so that discrete statistics are not pushed to one side.
    """
    plain = np.array(LEVELS)
    below = (replicates < estimate - SAME).mean()
    equal = (np.abs(replicates - estimate) <= SAME).mean()
    bias = ndtri(below + equal / 2)
    if not np.isfinite(bias):
        return plain
    values, weights = jackknife
    total = weights.sum()
    gaps = (weights @ values / total if total else 0.0) - values
    squares = weights @ gaps**2
    acceleration = weights @ gaps**3 / (6 * squares**1.5) if squares > SAME**2 else 0.0
    shifted = bias + ndtri(plain)
    denominator = 1 - acceleration * shifted
    if (denominator <= 0).any():
        return plain
    levels: FloatArray = ndtr(bias + shifted / denominator)
    return levels
