"""Exact inference on a share of independent trials, and the false discovery rate over many."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr, betaincinv

from annotation.stats.columns import FloatArray

LEVELS = (0.025, 0.975)


def even_odds_p(k: ArrayLike, n: ArrayLike) -> FloatArray:
    """Return the exact two-sided p of k successes in n trials where 1/2 is expected.

    k, n: whole numbers of broadcastable shapes. Without trials p is 1.
    Raises ValueError unless 0 <= k <= n are whole numbers.
    Source: the binomial test; both tails are equal at 1/2, so twice the smaller one is exact.
    """
    hits, trials = _counts(k, n)
    tail = bdtr(np.minimum(hits, trials - hits), trials.astype(np.int64), 0.5)
    p: FloatArray = np.minimum(1.0, 2 * np.asarray(tail))
    return p


def clopper_pearson(k: int, n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share of k in n independent trials.

    It covers at least 95 % of the time whatever the share, and is wider than Wilson's. Without
    trials it is (0.0, 1.0). Raises ValueError unless 0 <= k <= n are whole numbers.
    Source: Clopper and Pearson (1934), Biometrika 26, 404-413.
    """
    _counts(k, n)
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, LEVELS[0]))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, LEVELS[1]))
    return low, high


def benjamini_hochberg(p: ArrayLike) -> FloatArray:
    """Return the p values adjusted for their number, (n,): q, in the order given.

    Rejecting every test with q <= x keeps the false discovery rate at x or below, for independent
    (or positively dependent) tests. Raises ValueError on another shape or numbers outside 0 to 1.
    Source: Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError("p must be (n,) numbers between 0 and 1")
    order = np.argsort(values)[::-1]
    ranks = np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum.accumulate(values[order] * (len(values) / ranks))
    return np.minimum(adjusted, 1.0)


def _counts(k: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    hits, trials = np.broadcast_arrays(np.asarray(k, dtype=float), np.asarray(n, dtype=float))
    whole = (np.floor(hits) == hits).all() and (np.floor(trials) == trials).all()
    if not (whole and (hits >= 0).all() and (hits <= trials).all() and np.isfinite(trials).all()):
        raise ValueError("need whole numbers 0 <= k <= n")
    return hits, trials
