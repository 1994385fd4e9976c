"""Sequential test of a mean of bounded numbers: exact however often one looks."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from annotation.stats.columns import FloatArray, shares

# Stakes: the share of the capital at risk in one number. Small ones suit weak evidence, large ones
# strong evidence.
STAKES = np.array([0.1, 0.2, 0.3, 0.45, 0.6])
FIRST_OWNS = 0.9


def log_evidence_below(
    values: ArrayLike, bound: ArrayLike, *, weight: ArrayLike = 1.0, every: int = 50
) -> FloatArray:
    """Return after each number the log of the evidence that their mean lies below a bound.

    values: (n,), each between 0 and 1, in order of time. bound: between 0 and 1, exclusive: one
    for all or (n,). weight: from 0 to 1, one for all or (n,): how much a number may tell, decided
    without looking at it. The evidence is the capital of gamblers who bet against the bound. One
    begins with the first number and one more after `every` numbers, so that a later fall is found
    as well. Together they own 1: the first FIRST_OWNS, the j-th later one the rest / (j (j + 1)),
    divided evenly over STAKES. As long as each number's mean, given those before it, is at least
    its bound, the capital ever reaches x with a probability of at most 1 / x. Without numbers the
    result is empty.
    Raises ValueError on another shape or range.
    Sources: Ville (1939), Etude critique de la notion de collectif; Waudby-Smith and Ramdas (2024),
    Journal of the Royal Statistical Society B 86, 1-27.
    """
    numbers = shares(values, "values")
    bounds = np.broadcast_to(np.asarray(bound, dtype=np.float64), numbers.shape)
    if not ((bounds > 0) & (bounds < 1)).all():
        raise ValueError("bound must lie between 0 and 1")
    weights = np.broadcast_to(shares(np.atleast_1d(weight), "weight"), numbers.shape)
    if every < 1:
        raise ValueError("every must be at least 1")
    gain = weights * (bounds - numbers) / (1 - bounds)
    growth = np.log1p(STAKES[:, None] * gain)  # (n_stakes, n)
    total = np.cumsum(growth, axis=1)
    begins = np.arange(len(numbers)) % every == 0
    nth = np.arange(len(numbers)) // every
    parts = np.where(nth == 0, FIRST_OWNS, (1 - FIRST_OWNS) / np.maximum(nth * (nth + 1.0), 1))
    owned = np.where(begins, np.log(parts), -np.inf) - (total - growth)
    capital = total + np.logaddexp.accumulate(owned, axis=1)
    evidence: FloatArray = logsumexp(capital, axis=0) - np.log(len(STAKES))
    return evidence


def log_evidence_above(values: ArrayLike, bound: ArrayLike, *, every: int = 50) -> FloatArray:
    """Return after each number the log of the evidence that their mean lies above a bound.

    As `log_evidence_below`, for numbers whose mean is at most the bound.
    """
    numbers = shares(values, "values")
    bounds = np.asarray(bound, dtype=np.float64)
    return log_evidence_below(1 - numbers, 1 - bounds, every=every)
