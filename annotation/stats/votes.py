"""Disagreement of people on one comparison."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.stats.labels import outcomes_from_ranks

FloatArray = NDArray[np.float64]

OUTCOMES = (1, 0, -1)


def vote_entropy(ranks: ArrayLike) -> float | None:
    """Return how evenly the votes on a comparison are spread, 0 = all the same, 1 = evenly.

    ranks: (n_judgments, k), 1 = best, equal = tie. Each pair of candidates has the votes first,
    tie and second; the value is the mean over pairs of their entropy over log 3. None with fewer
    than two judgments. Raises ValueError on another shape.
    """
    array = np.asarray(ranks)
    if array.ndim != 2 or array.shape[1] < 2:  # noqa: PLR2004 - judgments and candidates
        raise ValueError(f"ranks must have the shape (n_judgments, k), not {array.shape}")
    votes = outcomes_from_ranks(array)
    counts = np.stack([(votes == outcome).sum(axis=0) for outcome in OUTCOMES], axis=-1)
    mean = float(entropies(counts).mean())
    return None if np.isnan(mean) else mean


def entropies(counts: ArrayLike) -> FloatArray:
    """Return the entropy of vote counts over its maximum: (..., n_outcomes) -> (...), in [0, 1].

    NaN with fewer than two votes. Raises ValueError on negative counts or a single outcome.
    Source: Shannon (1948); divided by the logarithm of the number of outcomes.
    """
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim == 0 or array.shape[-1] < 2:  # noqa: PLR2004 - one outcome has no spread
        raise ValueError("counts must name at least two outcomes on the last axis")
    if not (array >= 0).all():
        raise ValueError("counts must not be negative")
    total = array.sum(axis=-1)
    shares = array / np.where(total > 0, total, 1.0)[..., None]
    terms = shares * np.log(np.where(shares > 0, shares, 1.0))
    spread: FloatArray = np.abs(terms.sum(axis=-1)) / np.log(array.shape[-1])
    return np.where(total >= 2, np.minimum(spread, 1.0), np.nan)  # noqa: PLR2004 - two votes
