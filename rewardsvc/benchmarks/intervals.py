"""Intervals of any metric by drawing whole items, and differences of two scorers on the same rows.

Rows of one item (a source image with its instruction) are not independent: items are the clusters.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rewardsvc.core.clustered import widening

IntArray = NDArray[np.int64]
#: A metric of some rows, given as their indices (n,), repeats included; None where undefined.
Metric = Callable[[IntArray], float | None]

REPLICATES = 2_000
SHARE, CORRELATION, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0), (-2.0, 2.0)
SAME = 1e-12


@dataclass(frozen=True)
class Interval:
    """A metric of n rows in n_items items with its 95 % interval.

    value: None where undefined. low, high: None with fewer than two items, and where all
    replicates are alike. n_undefined: replicates without a value; they are left out.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_items: int
    n_undefined: int


def bootstrap(
    metric: Metric,
    item: ArrayLike,
    *,
    bounds: tuple[float, float] = SHARE,
    n_replicates: int = REPLICATES,
    seed: int = 0,
) -> Interval:
    """Return a metric of all rows with the interval from drawing items with replacement.

    item: (n,), the item of each row. A fitted threshold is fitted anew in every replicate, because
    the metric does so. The quantiles are widened for few items and cut at bounds.
    Raises ValueError on missing items.
    Source: Efron and Tibshirani (1993), chapter 13; Hesterberg (2015) on the widening.
    """
    items = np.asarray(item)
    n = len(items)
    names, numbers = np.unique(items, return_inverse=True)
    value = metric(np.arange(n)) if n else None
    if value is None:
        return Interval(None, None, None, n, len(names), n_replicates)
    order = np.argsort(numbers, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(numbers))[:-1])
    rng = np.random.default_rng(seed)
    found: list[float] = []
    for _ in range(n_replicates if len(names) > 1 else 0):
        drawn = rng.integers(len(names), size=len(names))
        replicate = metric(np.concatenate([rows[each] for each in drawn]))
        found += [] if replicate is None else [replicate]
    n_undefined = n_replicates - len(found)
    if not found or np.ptp(found) <= SAME:
        return Interval(value, None, None, n, len(names), n_undefined)
    ends = np.quantile(found, [0.025, 0.975])
    low, high = np.clip(value + widening(len(names)) * (ends - value), *bounds)
    return Interval(value, float(low), float(high), n, len(names), n_undefined)


def paired_difference(  # noqa: PLR0913 - two metrics, their rows and how to draw
    first: Metric,
    second: Metric,
    item: ArrayLike,
    *,
    bounds: tuple[float, float] = DIFFERENCE,
    n_replicates: int = REPLICATES,
    seed: int = 0,
) -> Interval:
    """Return the metric of one scorer minus that of another on the same rows, with its interval.

    Both are read on the same draws, so that what makes an item hard for both cancels out. The
    difference is undefined where either is. Errors as in `bootstrap`.
    """

    def difference(rows: IntArray) -> float | None:
        one, other = first(rows), second(rows)
        return None if one is None or other is None else one - other

    return bootstrap(difference, item, bounds=bounds, n_replicates=n_replicates, seed=seed)
