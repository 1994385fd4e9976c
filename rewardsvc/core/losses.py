"""Preference losses on Gaussian rewards.

Each takes the winner's and the loser's mean and log standard deviation, (B,) each, and returns the
scalar mean; with `reduction="none"` the (B,) losses. z ~ N(mu_w - mu_l, sigma_w^2 + sigma_l^2) is
the difference of the two rewards, in logits.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from rewardsvc.core.gaussian import expected_softplus, log_expected_sigmoid

Loss = Callable[..., Tensor]

MARGIN = 0.57
LOG_THETA = math.log(5)
LOG_NU = 0.0

#: Losses with a tie model, and the name of their tie parameter.
TIE_LOSSES = {"rao_kupper": "log_theta", "davidson": "log_nu"}
#: Losses that take a margin.
MARGIN_LOSSES = ("expected_nll", "nll_expected", "margin")


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


def _shift(margin: float) -> float:
    if isinstance(margin, bool) or not math.isfinite(margin):
        raise ValueError(f"margin is {margin!r}, expected a finite number")
    return margin


def expected_nll(  # noqa: PLR0913 - the two rewards, and options by keyword
    mu_w: Tensor,
    log_sigma_w: Tensor,
    mu_l: Tensor,
    log_sigma_l: Tensor,
    *,
    margin: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """E[-log sigmoid(z - margin)], which the paper's official code estimates by sampling."""
    sigma = gap_sigma(log_sigma_w, log_sigma_l)
    return _reduced(expected_softplus(mu_w - mu_l - _shift(margin), sigma), reduction)


def nll_expected(  # noqa: PLR0913 - the two rewards, and options by keyword
    mu_w: Tensor,
    log_sigma_w: Tensor,
    mu_l: Tensor,
    log_sigma_l: Tensor,
    *,
    margin: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """-log E[sigmoid(z - margin)], the paper's formula: the likelihood of the preference itself.

    Source: EditReward (arXiv 2509.26346), the uncertainty-aware ranking loss.
    """
    sigma = gap_sigma(log_sigma_w, log_sigma_l)
    return _reduced(-log_expected_sigmoid(mu_w - mu_l - _shift(margin), sigma), reduction)


def bradley_terry(
    mu_w: Tensor, log_sigma_w: Tensor, mu_l: Tensor, log_sigma_l: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """-log sigmoid(mu_w - mu_l); the standard deviations are accepted and ignored."""
    del log_sigma_w, log_sigma_l
    return _reduced(-functional.logsigmoid(mu_w - mu_l), reduction)


def margin_loss(  # noqa: PLR0913 - the two rewards, and options by keyword
    mu_w: Tensor,
    log_sigma_w: Tensor,
    mu_l: Tensor,
    log_sigma_l: Tensor,
    *,
    margin: float = MARGIN,
    reduction: str = "mean",
) -> Tensor:
    """-log sigmoid(mu_w - mu_l - margin); the official code's margin is 0.57."""
    del log_sigma_w, log_sigma_l
    return _reduced(-functional.logsigmoid(mu_w - mu_l - _shift(margin)), reduction)


def rao_kupper(  # noqa: PLR0913 - the two rewards, and options by keyword
    mu_w: Tensor,
    log_sigma_w: Tensor,
    mu_l: Tensor,
    log_sigma_l: Tensor,
    *,
    outcome: Tensor | None = None,
    log_theta: Tensor | float = LOG_THETA,
    reduction: str = "mean",
) -> Tensor:
    """-log P(outcome) where gaps below `log_theta` are not noticed (Rao and Kupper, 1967).

    outcome: (B,) of 1 where the first is preferred, 0 for a tie, -1 where the second is; None for
    all 1. log_theta: 0 or more, in log-odds; at 0 no tie can happen. The default is the official
    code's, ln 5. The standard deviations are ignored.
    Raises ValueError for another outcome or log_theta.
    """
    del log_sigma_w, log_sigma_l
    gap = mu_w - mu_l
    kind = _outcomes(outcome, gap)
    theta = torch.as_tensor(log_theta, dtype=gap.dtype, device=gap.device)
    if not bool(torch.isfinite(theta).all()) or bool((theta < 0).any()):
        raise ValueError(f"log_theta is {log_theta!r}, expected 0 or more")
    if bool((kind == 0).any()) and not bool((theta > 0).all()):
        raise ValueError("log_theta is 0, where no tie can happen, and there are ties")
    first, second = -functional.logsigmoid(gap - theta), -functional.logsigmoid(-gap - theta)
    # log(theta^2 - 1), exact for small and for large theta.
    safe = theta.clamp(min=torch.finfo(gap.dtype).tiny)
    log_weight = 2 * safe + torch.log(-torch.expm1(-2 * safe))
    tie = first + second - log_weight
    return _reduced(_by_outcome(kind, first, tie, second), reduction)


def davidson(  # noqa: PLR0913 - the two rewards, and options by keyword
    mu_w: Tensor,
    log_sigma_w: Tensor,
    mu_l: Tensor,
    log_sigma_l: Tensor,
    *,
    outcome: Tensor | None = None,
    log_nu: Tensor | float = LOG_NU,
    reduction: str = "mean",
) -> Tensor:
    """-log P(outcome) where equal rewards tie nu times as often as either wins (Davidson, 1970).

    outcome: as in `rao_kupper`. The standard deviations are ignored.
    Raises ValueError for another outcome, or a log_nu that is not finite.
    """
    del log_sigma_w, log_sigma_l
    gap = mu_w - mu_l
    kind = _outcomes(outcome, gap)
    nu = torch.as_tensor(log_nu, dtype=gap.dtype, device=gap.device)
    if not bool(torch.isfinite(nu).all()):
        raise ValueError(f"log_nu is {log_nu!r}, expected a finite number")
    logits = torch.stack([gap / 2, nu.expand_as(gap), -gap / 2])
    first, tie, second = -functional.log_softmax(logits, 0)
    return _reduced(_by_outcome(kind, first, tie, second), reduction)


def _outcomes(outcome: Tensor | None, gap: Tensor) -> Tensor:
    if outcome is None:
        return torch.ones_like(gap)
    if outcome.shape != gap.shape:
        raise ValueError(f"outcome is {tuple(outcome.shape)}, the rewards {tuple(gap.shape)}")
    if bool(((outcome != 1) & (outcome != 0) & (outcome != -1)).any()):
        raise ValueError("outcome is 1, 0 or -1")
    return outcome


def _by_outcome(kind: Tensor, first: Tensor, tie: Tensor, second: Tensor) -> Tensor:
    return torch.where(kind > 0, first, torch.where(kind < 0, second, tie))


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
    "margin": margin_loss,
    "rao_kupper": rao_kupper,
    "davidson": davidson,
}
