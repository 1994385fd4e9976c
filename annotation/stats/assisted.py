"""Means from few labels and many predictions: prediction-powered inference."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from annotation.stats.bootstrap import FloatArray, IntArray, cluster_numbers

LEVEL = 0.975


class AssistedMean(NamedTuple):
    """A mean with its 95 % interval, and the weight that predictions got in it.

    low, high: None with one label, or labels of one cluster. lambda_: 1 = predictions are used in
    full, 0 = not at all, as in the classical mean.
    """

    estimate: float
    low: float | None
    high: float | None
    lambda_: float


class _Parts(NamedTuple):
    """Deviations that add up to the error: of labels, of their predictions, of the unlabelled."""

    labels: FloatArray
    predictions: FloatArray
    unlabelled: FloatArray


def prediction_powered_mean(  # noqa: PLR0913 - labels, predictions, and how they were drawn
    labels: ArrayLike,
    predictions: ArrayLike,
    unlabelled: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    power_tuning: bool = True,
) -> AssistedMean:
    """Return the mean label of the population from few labels and predictions for many units.

    labels, predictions: (n,), a label and the prediction for it; the predictor was not trained on
    these labels. unlabelled: (N,), predictions for other units of the same population.
    estimate = weighted mean of (label - lambda prediction) + lambda mean of unlabelled.
    weights: (n,), one over the probability that the unit was chosen for a label; all equal when
    left out. clusters: (n,), or (n + N,) with the unlabelled ones behind, for example the source
    image; units of one cluster are correlated, and the interval is Student's over the clusters of
    the labels. Clusters of one unit each are the same as none.
    power_tuning: choose lambda between 0 and 1 for the least variance; otherwise it is 1. It is 0
    without unlabelled units.
    Raises ValueError on unequal lengths, no label, values that are not finite, weights that are
    not positive, or clusters of another length.
    Sources: Angelopoulos, Bates, Fannjiang, Jordan and Zrnic (2023), Science 382, 669-674;
    Angelopoulos, Duchi and Zrnic (2023), arXiv 2311.01453 (power tuning).
    """
    y, f, rest = (
        _finite(values, name)
        for values, name in (
            (labels, "labels"), (predictions, "predictions"), (unlabelled, "unlabelled"),
        )
    )  # fmt: skip
    if len(y) != len(f) or not len(y):
        raise ValueError(f"{len(y)} labels and {len(f)} predictions: one for each is needed")
    share = _shares(weights, len(y))
    members = _members(clusters, len(y), len(rest))
    parts = _Parts(share * (y - share @ y), share * (f - share @ f), _centred(rest))
    lambda_ = float(bool(len(rest)))
    if power_tuning and len(rest):
        lambda_ = _tuned(parts, members, _pooled_variance(f, rest, share))
    estimate = float(share @ (y - lambda_ * f) + (lambda_ * rest.mean() if len(rest) else 0.0))
    half = _half_width(parts, lambda_, members)
    if half is None:
        return AssistedMean(estimate, None, None, lambda_)
    return AssistedMean(estimate, estimate - half, estimate + half, lambda_)


def _finite(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not the shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite numbers")
    return array


def _shares(weights: ArrayLike | None, n: int) -> FloatArray:
    """Return the weights (n,) as shares that add up to 1."""
    if weights is None:
        return np.full(n, 1 / n)
    values = _finite(weights, "weights")
    if len(values) != n or not (values > 0).all():
        raise ValueError(f"weights must be {n} positive numbers, one for each label")
    shares: FloatArray = values / values.sum()
    return shares


def _members(clusters: ArrayLike | None, n: int, n_rest: int) -> IntArray | None:
    """Return the cluster of each label, then of each unlabelled unit: (n + n_rest,)."""
    if clusters is None:
        return None
    given = len(np.asarray(clusters))
    if given not in (n, n + n_rest):
        raise ValueError(f"clusters must name {n} labels, or {n + n_rest} units, not {given}")
    numbers = cluster_numbers(clusters, given)
    if numbers.max() + 1 == given:
        return None  # each unit by itself: nothing is correlated
    if given == n + n_rest:
        return numbers
    alone = np.arange(n_rest) + numbers.max() + 1  # each unlabelled unit by itself
    return np.concatenate([numbers, alone])


def _centred(values: FloatArray) -> FloatArray:
    return (values - values.mean()) / len(values) if len(values) else values


def _pooled_variance(f: FloatArray, rest: FloatArray, share: FloatArray) -> float:
    """Return the variance of the mean difference between labelled and other predictions."""
    return float(np.concatenate([f, rest]).var(ddof=1) * (share @ share + 1 / len(rest)))


def _tuned(parts: _Parts, members: IntArray | None, pooled: float) -> float:
    """Return the lambda between 0 and 1 with the least variance; 0 for constant predictions."""
    shared, spread = float(parts.labels @ parts.predictions), pooled
    if members is not None:
        of_labels = np.bincount(members[: len(parts.labels)], parts.labels, members.max() + 1)
        of_rest = of_labels - _sums(parts, 1.0, members)
        # The design effect of the clusters, times the variance that all predictions show.
        alone = parts.predictions @ parts.predictions + parts.unlabelled @ parts.unlabelled
        shared = float(of_labels @ of_rest)
        spread = pooled * float(of_rest @ of_rest / alone) if alone > 0 else 0.0
    return float(np.clip(shared / spread, 0, 1)) if spread > 0 else 0.0


def _sums(parts: _Parts, lambda_: float, members: IntArray) -> FloatArray:
    """Return the deviation of each cluster: (n_clusters,)."""
    deviations = np.append(parts.labels - lambda_ * parts.predictions, lambda_ * parts.unlabelled)
    sums = np.bincount(members, deviations, members.max() + 1)
    return sums.astype(np.float64)


def _half_width(parts: _Parts, lambda_: float, members: IntArray | None) -> float | None:
    residuals = parts.labels - lambda_ * parts.predictions
    if members is None:
        if len(residuals) < 2:  # noqa: PLR2004 - one label shows no spread
            return None
        variance = residuals @ residuals + lambda_**2 * parts.unlabelled @ parts.unlabelled
        return float(ndtri(LEVEL) * np.sqrt(variance))
    n_clusters = len(np.unique(members[: len(residuals)]))
    if n_clusters < 2:  # noqa: PLR2004 - one cluster shows no spread
        return None
    sums = _sums(parts, lambda_, members)
    widened = n_clusters / (n_clusters - 1) * sums @ sums
    return float(stdtrit(n_clusters - 1, LEVEL) * np.sqrt(widened))
