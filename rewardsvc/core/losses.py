"""Preference losses on Gaussian rewards.

Each takes the winner's and the loser's mean and log standard deviation, (B,) each, and returns the
scalar mean; with `reduction="none"` the (B,) losses. z ~ N(mu_w - mu_l, sigma_w^2 + sigma_l^2) is
the difference of the two rewards, in logits.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from rewardsvc.core.gaussian import expected_softplus, log_expected_sigmoid

Loss = Callable[..., Tensor]


def gap_sigma(log_sigma_w: Tensor, log_sigma_l: Tensor) -> Tensor:
    """Return the standard deviation of the difference of two independent Gaussian rewards."""
    return torch.exp(0.5 * torch.logaddexp(2 * log_sigma_w, 2 * log_sigma_l))


def _reduced(values: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return values
    if reduction != "mean":
        raise ValueError(f"reduction is 'mean' or 'none', not {reduction!r}")
    if not values.numel():
        raise ValueError("a loss over no pairs is undefined")
    return values.mean()


def expected_nll(
    mu_w: Tensor, log_sigma_w: Tensor, mu_l: Tensor, log_sigma_l: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """E[-log sigmoid(z)], the expectation that the paper's official code estimates by sampling."""
    sigma = gap_sigma(log_sigma_w, log_sigma_l)
    return _reduced(expected_softplus(mu_w - mu_l, sigma), reduction)


def nll_expected(
    mu_w: Tensor, log_sigma_w: Tensor, mu_l: Tensor, log_sigma_l: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """-log E[sigmoid(z)], the paper's formula: the likelihood of the preference itself.

    Source: EditReward (arXiv 2509.26346), the uncertainty-aware ranking loss.
    """
    sigma = gap_sigma(log_sigma_w, log_sigma_l)
    return _reduced(-log_expected_sigmoid(mu_w - mu_l, sigma), reduction)


def bradley_terry(
    mu_w: Tensor, log_sigma_w: Tensor, mu_l: Tensor, log_sigma_l: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """-log sigmoid(mu_w - mu_l); the standard deviations are accepted and play no part."""
    del log_sigma_w, log_sigma_l
    return _reduced(functional.softplus(mu_l - mu_w), reduction)


def regression_loss(mu: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error of mean rewards (B,) against scores (B,)."""
    return functional.mse_loss(mu, target)


def preference_probability(
    mu_i: Tensor, log_sigma_i: Tensor, mu_j: Tensor, log_sigma_j: Tensor
) -> Tensor:
    """Return P(i beats j) = E[sigmoid(z)] per pair; swapping i and j gives the complement."""
    return log_expected_sigmoid(mu_i - mu_j, gap_sigma(log_sigma_i, log_sigma_j)).exp()


LOSSES: dict[str, Loss] = {
    "expected_nll": expected_nll,
    "nll_expected": nll_expected,
    "bradley_terry": bradley_terry,
}
