"""Drawing with known inclusion probabilities."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def inclusion_probabilities(weights: FloatArray, n: int) -> FloatArray:
    """Return probabilities proportional to `weights` that sum to n, none above one.

    weights: (n_units,), finite and positive. Units whose share would exceed one are taken for
    certain and the rest is shared among the others, until nothing exceeds one.
    Raises ValueError for weights that are not finite and positive, or n < 0.
    Source: Tillé (2006), Sampling Algorithms, section 2.10.
    """
    weights = np.asarray(weights, dtype=float)
    if n < 0 or not np.all(np.isfinite(weights) & (weights > 0)):
        raise ValueError("weights must be finite and positive, and n at least 0")
    if n >= len(weights):
        return np.ones(len(weights))
    certain = np.zeros(len(weights), dtype=bool)
    while True:
        share = np.ones(len(weights))
        rest = ~certain
        share[rest] = weights[rest] * (n - certain.sum()) / weights[rest].sum()
        exceeds = rest & (share > 1)
        if not exceeds.any():
            return share
        certain |= exceeds


def systematic_sample(
    probabilities: FloatArray, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return the indices of a systematic sample in random order of units.

    Each unit is drawn with exactly its probability; the size is the sum of the probabilities
    (up to one more or less when that is not whole).
    Source: Madow (1949), Annals of Mathematical Statistics 20(3).
    """
    order = generator.permutation(len(probabilities))
    edges = np.concatenate([[0.0], np.cumsum(probabilities[order])])
    total = edges[-1]
    # Rounding may leave the sum slightly below a whole number; that must not lose a draw.
    ticks = np.arange(generator.random(), np.round(total, 9), 1.0)
    return np.sort(order[np.searchsorted(edges[1:], ticks, side="right").clip(max=len(order) - 1)])
