"""Spearman's rank correlation, and averages of several."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from rewardsvc.benchmarks.arrays import FloatArray

AVERAGES = ("plain", "fisher", "published")
# Values that are equal in exact arithmetic may differ in the last bit, which would change ranks.
DECIMALS = 10
# arctanh has no value at 1.
MOST = 1 - 1e-15


def averaged(correlations: Sequence[float], average: str) -> float | None:
    """Return the average of correlations (n,), see `metrics.mean_correlation`; None without one."""
    if not correlations:
        return None
    values = np.array(correlations)
    if average == "fisher":
        return float(np.tanh(np.arctanh(np.clip(values, -MOST, MOST)).mean()))
    mean = values.mean()
    return float(np.tanh(mean)) if average == "published" else float(mean)


def spearman(a: FloatArray, b: FloatArray, decimals: int | None = DECIMALS) -> float | None:
    """Return the rank correlation of (n,) and (n,); None for one row or a constant side."""
    if len(a) < 2:  # noqa: PLR2004 - one row has no order
        return None
    if decimals is not None:
        a, b = np.round(a, decimals), np.round(b, decimals)
    first, second = rankdata(a), rankdata(b)
    first, second = first - first.mean(), second - second.mean()
    spread = float(np.sqrt((first @ first) * (second @ second)))
    return float(np.clip(first @ second / spread, -1, 1)) if spread > 0 else None
