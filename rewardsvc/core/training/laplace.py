"""The epistemic uncertainty of a reward: a Laplace approximation of its last layer.

The reward's mean is mu = w . phi + b with features phi of the layer before. A decided pair is a
Bernoulli trial with logit w . (phi_i - phi_j), so the posterior of w is about Gaussian with the
precision prior + sum over pairs of p (1 - p) d d', d = phi_i - phi_j (MacKay, 1992; Daxberger et
al., "Laplace Redux", 2021). This uncertainty shrinks with more judgments, unlike the sigma that a
head predicts. The variance of a gap is that of a difference, so that the bias b cancels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from rewardsvc.core.errors import RewardError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIORS = tuple(float(10.0**power) for power in np.arange(-3, 3.5, 0.5))


@dataclass(frozen=True)
class LastLayer:
    """The posterior of a last layer.

    precision: (p, p). prior: the prior precision. n: number of pairs fitted.
    """

    precision: Floats
    prior: float
    n: int

    def variance(self, features: Floats) -> Floats:
        """Return the epistemic variance (n,) of w . phi for features (n, p)."""
        if features.ndim != 2 or features.shape[1] != len(self.precision):  # noqa: PLR2004
            raise RewardError(
                f"features are {features.shape}, the last layer has {len(self.precision)} inputs"
            )
        solved = cho_solve(cho_factor(self.precision), features.T)
        return np.asarray((features.T * solved).sum(0))


def fit_last_layer(
    first: Floats, second: Floats, gap: Floats, *, prior: float | None = None
) -> LastLayer:
    """Return the posterior of a last layer from the decided training pairs.

    first, second: (n, p) features of each pair. gap: (n,) the model's predicted reward gaps, which
    give each pair its weight p (1 - p). prior: the prior precision; None selects the value of
    `PRIORS` with the largest evidence.
    Raises RewardError for no pair, shapes that do not match, or values that are not finite.
    """
    if first.shape != second.shape or first.ndim != 2 or len(gap) != len(first):  # noqa: PLR2004
        raise RewardError(f"pairs of {first.shape} and {second.shape} with {len(gap)} gaps")
    if not len(gap):
        raise RewardError("a last layer without a pair has no posterior")
    difference = first - second
    if not (np.isfinite(difference).all() and np.isfinite(gap).all()):
        raise RewardError("a last layer needs features and gaps that are numbers")
    if prior is not None and not 0 < prior < np.inf:
        raise RewardError(f"prior is {prior!r}, expected a finite number above 0")
    share = expit(gap)
    fisher = (difference * (share * (1 - share))[:, None]).T @ difference
    weights = np.asarray(np.linalg.lstsq(difference, gap, rcond=None)[0], float)
    chosen = prior if prior is not None else _most_evident(fisher, weights)
    return LastLayer(fisher + chosen * np.eye(len(fisher)), chosen, len(gap))


def _most_evident(fisher: Floats, weights: Floats) -> float:
    """Return the prior precision of the largest Laplace evidence.

    Up to a constant: p/2 log prior - prior/2 |w|^2 - 1/2 log det(fisher + prior I).
    """
    spectrum = np.clip(np.linalg.eigvalsh(fisher), 0, None)
    size = float(weights @ weights)

    def evidence(prior: float) -> float:
        fit = -prior / 2 * size - 0.5 * np.log(spectrum + prior).sum()
        return float(len(weights) / 2 * np.log(prior) + fit)

    return max(PRIORS, key=evidence)
