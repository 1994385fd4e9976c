"""How sure a reward is of what its last layer was taught: a Laplace approximation.

The reward's mean is mu = w . phi + b with features phi of the layer before. A decided pair is a
Bernoulli trial with logit w . (phi_i - phi_j), so the posterior of w is about Gaussian with the
precision prior + sum over pairs of p (1 - p) d d', d = phi_i - phi_j (MacKay, 1992; Daxberger et
al., "Laplace Redux", 2021). It adds what more judgments would remove to the sigma that a head
states; like every gap, its variance is that of a difference, so the bias plays no part.
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

    precision: (p, p). prior: the precision before any pair. n: pairs that it was fitted on.
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
    """Return the posterior of a last layer from the decided pairs that it was trained on.

    first, second: (n, p) features of each pair. gap: (n,) the model's own gaps, which give each
    pair its weight p (1 - p). prior: the precision before any pair; None for the one of the
    largest evidence among `PRIORS`.
    Raises RewardError for no pair, shapes that do not match, or numbers that are none.
    """
    if first.shape != second.shape or first.ndim != 2 or len(gap) != len(first):  # noqa: PLR2004
        raise RewardError(f"pairs of {first.shape} and {second.shape} with {len(gap)} gaps")
    if not len(gap):
        raise RewardError("a last layer without a pair has no posterior")
    apart = first - second
    if not (np.isfinite(apart).all() and np.isfinite(gap).all()):
        raise RewardError("a last layer needs features and gaps that are numbers")
    if prior is not None and not 0 < prior < np.inf:
        raise RewardError(f"prior is {prior!r}, expected a finite number above 0")
    share = expit(gap)
    fisher = (apart * (share * (1 - share))[:, None]).T @ apart
    weights = np.asarray(np.linalg.lstsq(apart, gap, rcond=None)[0], float)
    chosen = prior if prior is not None else _most_evident(fisher, weights)
    return LastLayer(fisher + chosen * np.eye(len(fisher)), chosen, len(gap))


def _most_evident(fisher: Floats, weights: Floats) -> float:
    """Return the prior precision of the largest Laplace evidence.

    Up to what all share: p/2 log prior - prior/2 |w|^2 - 1/2 log det(fisher + prior).
    """
    spectrum = np.clip(np.linalg.eigvalsh(fisher), 0, None)
    size = float(weights @ weights)

    def evidence(prior: float) -> float:
        fit = -prior / 2 * size - 0.5 * np.log(spectrum + prior).sum()
        return float(len(weights) / 2 * np.log(prior) + fit)

    return max(PRIORS, key=evidence)
