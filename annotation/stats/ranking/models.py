"""The likelihoods of one comparison: Bradley-Terry, Davidson, Rao-Kupper.

The gap d is the strength of i minus that of j, plus the position effect if i was shown first,
minus it if j was; t is the logarithm of the tie parameter. Many tables can be given at once: gaps
are (..., n_rows), t is a number or (..., 1), counts are (..., n_rows, 3).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_expit

from annotation.stats.bootstrap import FloatArray

TINY = 1e-12


class Terms(NamedTuple):
    """Log-likelihood, first derivatives and minus the second ones, each per row (..., n_rows)."""

    value: FloatArray
    d: FloatArray
    t: FloatArray
    dd: FloatArray
    dt: FloatArray
    tt: FloatArray


Model = Callable[[FloatArray, FloatArray | float, FloatArray], Terms]


def bradley_terry_terms(gaps: FloatArray, _t: FloatArray | float, counts: FloatArray) -> Terms:
    """P(i wins) = 1 / (1 + exp(-d)). Ties do not enter."""
    wins, losses = counts[..., 0], counts[..., 2]
    n, p = wins + losses, expit(gaps)
    value = wins * log_expit(gaps) + losses * log_expit(-gaps)
    zero = np.zeros_like(gaps)
    slope = wins * expit(-gaps) - losses * p
    return Terms(value, slope, zero, n * p * expit(-gaps), zero, zero)


def davidson_terms(gaps: FloatArray, t: FloatArray | float, counts: FloatArray) -> Terms:
    """P(i wins), P(tie), P(j wins) are proportional to exp(d / 2), exp(t), exp(-d / 2)."""
    wins, ties, losses = np.moveaxis(counts, -1, 0)
    n = wins + ties + losses
    utility = np.stack([gaps / 2, np.broadcast_to(t, gaps.shape), -gaps / 2])
    utility -= utility.max(axis=0)
    log_p = utility - np.log(np.exp(utility).sum(axis=0))
    win, tie, loss = np.exp(log_p)
    expected = (win - loss) / 2
    return Terms(
        wins * log_p[0] + ties * log_p[1] + losses * log_p[2],
        (wins - losses) / 2 - n * expected,
        ties - n * tie,
        n * ((win + loss) / 4 - expected**2),
        -n * expected * tie,
        n * tie * (1 - tie),
    )


def rao_kupper_terms(gaps: FloatArray, t: FloatArray | float, counts: FloatArray) -> Terms:
    """P(i wins) = 1 / (1 + exp(t - d)), P(j wins) = 1 / (1 + exp(t + d)), else a tie; t > 0."""
    wins, ties, losses = np.moveaxis(counts, -1, 0)
    outside = np.broadcast_to(np.asarray(t) <= 0, gaps.shape)
    # Outside its range the value alone tells so; the rest is of the nearest number inside.
    t = np.maximum(t, TINY)
    above, below = gaps - t, -gaps - t
    not_lost, not_won = wins + ties, losses + ties
    # log(exp(2t) - 1), without overflow for large t.
    log_tie = 2 * t + np.log(-np.expm1(-2 * t))
    value = not_lost * log_expit(above) + not_won * log_expit(below) + ties * log_tie
    up, down = not_lost * expit(-above), not_won * expit(-below)
    up_spread, down_spread = up * expit(above), down * expit(below)
    return Terms(
        np.where(outside, -np.inf, value),
        up - down,
        -up - down - 2 * ties / np.expm1(-2 * t),
        up_spread + down_spread,
        down_spread - up_spread,
        up_spread + down_spread + 4 * ties * np.exp(-2 * t) / np.expm1(-2 * t) ** 2,
    )
