"""Control charts that detect a change of a person's accuracy."""

from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from annotation.stats.columns import FloatArray, flags, shares


class Chart(NamedTuple):
    """A control chart over n answers, in the order in which they were given.

    series, low, high: (n,), the statistic after each answer and its control limits.
    first_signal: index of the first answer after which the statistic is outside, None if never.
    """

    series: FloatArray
    low: FloatArray
    high: FloatArray
    first_signal: int | None


def ewma(correct: ArrayLike, *, target: float, weight: float = 0.1, width: float = 2.8) -> Chart:
    """Return the exponentially weighted moving average of correctness, starting at target.

    correct: (n,), 1 where right, 0 where wrong, or a share between (agreement with others); in
    order of time. target: the accuracy to hold, between 0 and 1. z(t) = weight * x(t) +
    (1 - weight) * z(t - 1). The limits lie `width` standard deviations off, with the variance of
    single answers, target * (1 - target): an upper bound for shares. They widen with t and are cut
    at 0 and 1, so that with a target near 1 only a fall can signal.
    Raises ValueError unless 0 < target < 1, 0 < weight <= 1, width > 0 and correct in 0 to 1.
    Sources: Roberts (1959), Technometrics 1; Lucas and Saccucci (1990), Technometrics 32.
    """
    values = shares(correct, "correct")
    if not 0 < target < 1:
        raise ValueError(f"target must lie between 0 and 1, not {target!r}")
    if not 0 < weight <= 1:
        raise ValueError(f"weight must lie above 0 and up to 1, not {weight!r}")
    if not 0 < width < np.inf:
        raise ValueError(f"width must be positive and finite, not {width!r}")
    steps = accumulate(
        values.tolist(), lambda before, value: before + weight * (value - before), initial=target
    )
    series = np.fromiter(steps, dtype=np.float64)[1:]
    opened = 1 - (1 - weight) ** (2 * np.arange(1, len(values) + 1))
    half = width * np.sqrt(target * (1 - target) * weight / (2 - weight) * opened)
    low, high = np.maximum(target - half, 0.0), np.minimum(target + half, 1.0)
    return Chart(series, low, high, _first((series < low) | (series > high)))


def cusum(correct: ArrayLike, *, p0: float, p1: float, run_length: float = 500) -> Chart:
    """Return the cumulative evidence that accuracy fell from p0 to p1, never below 0.

    correct: (n,), right or wrong, in order of time. S(t) = max(0, S(t - 1) + log-likelihood ratio
    of answer t). The limit is such that, while accuracy stays at p0, a false signal comes
    about once in run_length answers, by Wald's approximation; that neglects by how much the sum
    overshoots, and the true number is larger. A signal leaves the sum as it is; start anew with the
    answers after it.
    Raises ValueError unless 0 < p1 < p0 < 1, run_length > 1 and correct is yes or no.
    Sources: Page (1954), Biometrika 41, 100-115; Reynolds and Stoumbos (1999), Journal of
    Quality Technology 31, 87-108.
    """
    right = flags(correct, "correct")
    if not 0 < p1 < p0 < 1:
        raise ValueError(f"need 0 < p1 < p0 < 1, not p0 = {p0}, p1 = {p1}")
    if not 1 < run_length < np.inf:
        raise ValueError(f"run_length must be finite and above 1, not {run_length!r}")
    wrong_right = np.log([(1 - p1) / (1 - p0), p1 / p0])
    evidence: FloatArray = wrong_right[right.astype(np.intp)]
    steps = accumulate(evidence.tolist(), lambda before, step: max(0.0, before + step), initial=0.0)
    series = np.fromiter(steps, dtype=np.float64)[1:]
    divergence = -float(np.array([1 - p0, p0]) @ wrong_right)
    high = np.full(len(series), _cusum_limit(run_length * divergence))
    return Chart(series, np.zeros(len(series)), high, _first(series >= high))


def _cusum_limit(scaled: float) -> float:
    """Solve (exp(h) - h - 1) = run length * evidence per answer against a fall, for h > 0."""
    beyond = 2 * np.log1p(scaled) + 2
    return float(brentq(lambda limit: np.expm1(limit) - limit - scaled, 0.0, beyond))


def _first(outside: NDArray[np.bool_]) -> int | None:
    return int(outside.argmax()) if outside.any() else None
