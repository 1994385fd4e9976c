"""95 % intervals of shares: Wilson for independent trials, a cluster bootstrap for the others."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from annotation.stats.bootstrap import FloatArray, cluster_numbers, resample

Z = float(ndtri(0.975))


class Share(NamedTuple):
    """A ratio of sums with its 95 % interval; None where undefined.

    n_units and n_clusters: units with a positive denominator, and the clusters they lie in.
    n_degenerate: replicates without any denominator, left out of the interval.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n_units: int
    n_clusters: int
    n_degenerate: int


def wilson(k: float, n: float) -> tuple[float, float]:
    """Return the Wilson score interval, 95 %, of a share of k in n independent trials.

    k may be fractional (a trial that is half a success). Without trials (n = 0) nothing is known
    and the interval is (0.0, 1.0); the share itself is then undefined.
    Raises ValueError unless 0 <= k <= n, both finite.
    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    if not 0 <= k <= n < np.inf:
        raise ValueError(f"need 0 <= k <= n, both finite, not k = {k}, n = {n}")
    if n == 0:
        return 0.0, 1.0
    share = k / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    # The share lies inside and the ends touch 0 and 1 exactly; rounding would miss by 1e-17.
    low = 0.0 if k == 0 else max(0.0, min(float(centre - half), share))
    high = 1.0 if k == n else min(1.0, max(float(centre + half), share))
    return low, high


def clustered_share(
    numerator: ArrayLike,
    denominator: ArrayLike | None = None,
    *,
    clusters: ArrayLike | None = None,
    n_replicates: int = 2000,
    seed: int = 0,
) -> Share:
    """Return sum(numerator) / sum(denominator) with a 95 % percentile interval over clusters.

    numerator: (n_units,), for an accuracy 1 where the answer is right and 0 where not.
    denominator: (n_units,), not negative; 1 for every unit when left out. clusters: (n_units,),
    for example the source image of each unit, drawn together; each unit its own when left out.
    The estimate is None when the denominators sum to 0, the interval with fewer than two clusters
    and where all replicates are alike.
    Raises ValueError on other shapes, numbers that are not finite, or negative denominators.
    Source: Efron and Tibshirani (1993), section 13.3; Field and Welsh (2007) on clusters.
    """
    top = _checked(numerator, "numerator")
    bottom = np.ones_like(top) if denominator is None else _checked(denominator, "denominator")
    if bottom.shape != top.shape:
        raise ValueError(f"denominator has {len(bottom)} units, numerator {len(top)}")
    if (bottom < 0).any():
        raise ValueError("denominator must not be negative")
    if (top[bottom == 0] != 0).any():
        raise ValueError("numerator must be 0 where denominator is 0")
    names = np.arange(len(top)) if clusters is None else cluster_numbers(clusters, len(top))
    counted = bottom > 0
    groups = np.unique(names[counted], return_inverse=True)[1]
    sums = np.stack(
        [np.bincount(groups, top[counted]), np.bincount(groups, bottom[counted])], axis=1
    )
    rows, counts = np.unique(sums, axis=0, return_counts=True)
    found = resample(
        rows, counts, _ratio, n_replicates=n_replicates, seed=seed, method="percentile"
    )
    return Share(*found[:3], int(counted.sum()), len(sums), found.n_degenerate)


def _ratio(sums: FloatArray) -> FloatArray:
    top, bottom = sums.T
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)


def _checked(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have the shape (n_units,), not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array
