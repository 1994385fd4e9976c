"""Calibration: reward gaps to probabilities (temperature), and the gap below which pairs are ties.

Everything here is fitted on a development split: pairs of sources that are neither in the
training data of the rewards nor held out for the final metrics.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from rewardsvc.core.errors import RewardError
from rewardsvc.core.gaussian import log_expected_sigmoid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST, _MOST = 1e-3, 1e3  # bounds of a temperature; an optimum at a bound is reported as None
_Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Temperature:
    """The divisor of gaps and their sigmas, and the log loss before and after.

    value: None where the data determine none; `why` has the reason.
    """

    value: float | None
    why: str
    log_loss_before: float
    log_loss_after: float
    n: int


@dataclass(frozen=True)
class Bin:
    """Pairs of similar probability: mean prediction, observed share, its 95 % Wilson interval."""

    predicted: float
    observed: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Reliability:
    """Bins of equal size, and the expected calibration error: the mean error weighted by n."""

    bins: tuple[Bin, ...]
    ece: float
    n: int


def probabilities(gap: Floats, sigma: Floats, temperature: float = 1.0) -> Floats:
    """Return P(first is preferred) of gaps (n,) with standard deviations (n,)."""
    scaled = torch.from_numpy(gap / temperature), torch.from_numpy(sigma / temperature)
    return np.asarray(log_expected_sigmoid(*scaled).exp().numpy())


def log_loss(gap: Floats, sigma: Floats, outcome: Ints, temperature: float = 1.0) -> float:
    """Return the mean -log P(label) in nats; a tie counts half in each order."""
    # A decided pair is looked at in the order of its outcome alone.
    tied = outcome == 0
    ordered = np.concatenate([np.where(tied, 1, outcome) * gap, -gap[tied]]) / temperature
    sigmas = np.concatenate([sigma, sigma[tied]]) / temperature
    weight = np.concatenate([np.where(tied, 0.5, 1.0), np.full(int(tied.sum()), 0.5)])
    losses = -log_expected_sigmoid(torch.from_numpy(ordered), torch.from_numpy(sigmas)).numpy()
    return float((weight * losses).sum() / len(gap))


def fit_temperature(gap: Floats, sigma: Floats, outcome: Ints) -> Temperature:
    """Return the temperature that minimises the log loss.

    gap, sigma, outcome: (n,) of reward gaps, their standard deviations, and 1, 0 or -1.
    Raises RewardError for no pairs or gaps that are not finite.
    """
    _check(gap, sigma, outcome)
    before = log_loss(gap, sigma, outcome)
    found = minimize_scalar(
        lambda log_t: log_loss(gap, sigma, outcome, float(np.exp(log_t))),
        bounds=(np.log(_LEAST), np.log(_MOST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    value = float(np.exp(found.x))
    if value < 2 * _LEAST:
        return Temperature(None, "every pair is ordered right: no gap is too wide", before, 0.0, 0)
    if value > _MOST / 2:
        why = "the rewards order the pairs no better than a coin"
        return Temperature(None, why, before, before, len(gap))
    return Temperature(value, "", before, float(found.fun), len(gap))


def fit_tie_threshold(gap: Floats, outcome: Ints) -> tuple[float, float]:
    """Return (threshold, accuracy): tied where |gap| <= threshold, else ordered by the sign.

    The threshold maximises the accuracy. Candidates are the distinct |gap| values, and -1, which
    predicts no tie; the smallest maximiser is returned.
    Raises RewardError for no pairs or gaps that are not finite.
    """
    _check(gap, np.ones_like(gap), outcome)
    size = np.abs(gap)
    distinct, rank = np.unique(size, return_inverse=True)
    # Correct: ties at or below the threshold, and decided pairs above it with the right sign.
    tied = np.bincount(rank, outcome == 0, len(distinct))
    signed = np.bincount(rank, (outcome != 0) & (np.sign(gap) == outcome), len(distinct))
    right = np.concatenate([[0], np.cumsum(tied)]) + signed.sum()
    right -= np.concatenate([[0], np.cumsum(signed)])
    best = int(np.argmax(right))
    threshold = -1.0 if best == 0 else float(distinct[best - 1])
    return threshold, float(right[best] / len(gap))


def reliability(probability: Floats, outcome: Ints, *, n_bins: int = 10) -> Reliability:
    """Return how often the more probable edit of a decided pair won, in bins of equal size.

    probability: (n,) that the first edit is preferred; ties are left out. Each pair counts with
    the larger of the two probabilities, so that the order within a pair has no effect.
    Raises RewardError where no pair is decided.
    """
    decided = outcome != 0
    if not decided.any():
        raise RewardError("a reliability over no decided pair is undefined")
    toward = np.where(probability >= 0.5, probability, 1 - probability)[decided]  # noqa: PLR2004
    won = ((probability[decided] >= 0.5) == (outcome[decided] > 0)).astype(float)  # noqa: PLR2004
    order = np.argsort(toward, kind="stable")
    bins = []
    for rows in np.array_split(order, min(n_bins, len(order))):
        n, share = len(rows), float(won[rows].mean())
        low, high = _wilson(share, n)
        bins.append(Bin(float(toward[rows].mean()), share, low, high, n))
    gaps = np.array([abs(each.predicted - each.observed) for each in bins])
    counts = np.array([each.n for each in bins])
    return Reliability(tuple(bins), float((gaps * counts).sum() / counts.sum()), len(order))


def _wilson(share: float, n: int) -> tuple[float, float]:
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + (_Z / (2 * n)) ** 2)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _check(gap: Floats, sigma: Floats, outcome: Ints) -> None:
    if not len(gap):
        raise RewardError("a calibration on no pair is undefined")
    if not (np.isfinite(gap).all() and np.isfinite(sigma).all()):
        raise RewardError("a calibration needs rewards that are numbers")
    if not np.isin(outcome, (1, 0, -1)).all():
        raise RewardError("an outcome is 1, 0 or -1")
