"""Expectations of the logistic function under a Gaussian, accurate for every sigma.

Gauss-Hermite quadrature loses precision for a Gaussian that is wide relative to the logistic
function. Two trapezoid rules are used instead, which switch at sigma = `NARROW`; both converge
exponentially, since their integrands are analytic:

- narrow, over the standardised Gaussian:  E f(z) = integral of phi(x) f(m + s x) dx
- wide, over the logistic density L(t) (sigmoid is its distribution function):
  E sigmoid(z) = integral of L(t) Phi((m - t) / s) dt
  E softplus(-z) = integral of L(t) s G((t - m) / s) dt,  with G(u) = phi(u) + u Phi(u)
"""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

NARROW = 1.5  # standard deviation in logits at which the rule changes
_STEP_X, _REACH_X = 0.25, 10.5
_STEP_T, _REACH_T = 0.5, 40.0
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


@cache
def _nodes(step: float, reach: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    count = round(reach / step)
    return torch.arange(-count, count + 1, dtype=dtype, device=device) * step


def _narrow_nodes(mean: Tensor) -> tuple[Tensor, Tensor]:
    """Return x (nodes,) and the log weights of the standard normal density at them."""
    x = _nodes(_STEP_X, _REACH_X, mean.dtype, mean.device)
    return x, math.log(_STEP_X) - _LOG_SQRT_2PI - x * x / 2


def _wide_nodes(centre: Tensor) -> tuple[Tensor, Tensor]:
    """Return t (..., nodes) around each centre and the log weights of the logistic density."""
    t = centre.detach()[..., None] + _nodes(_STEP_T, _REACH_T, centre.dtype, centre.device)
    return t, math.log(_STEP_T) - t.abs() - 2 * functional.softplus(-t.abs())


def expected_softplus(mean: Tensor, sigma: Tensor) -> Tensor:
    """Return E[log(1 + exp(-z))] = E[-log sigmoid(z)] for z ~ N(mean, sigma^2), elementwise."""
    narrow, wide = sigma.clamp(max=NARROW), sigma.clamp(min=NARROW)
    x, log_w = _narrow_nodes(mean)
    z = mean[..., None] + narrow[..., None] * x
    by_gaussian = (log_w.exp() * -functional.logsigmoid(z)).sum(-1)
    # For large means the integrand peaks where the Gaussian crosses the exponential tail.
    t, log_l = _wide_nodes((mean - wide * wide).clamp(min=0))
    u = (t - mean[..., None]) / wide[..., None]
    below = 0.5 * torch.erfc(-u / math.sqrt(2))
    partial = torch.exp(-u * u / 2 - _LOG_SQRT_2PI) + u * below
    by_logistic = wide * (log_l.exp() * partial.clamp(min=0)).sum(-1)
    return torch.where(sigma <= NARROW, by_gaussian, by_logistic)


def log_expected_sigmoid(mean: Tensor, sigma: Tensor) -> Tensor:
    """Return log E[sigmoid(z)] for z ~ N(mean, sigma^2), elementwise, to full relative precision.

    The two tails are exact complements: exp(f(m, s)) + exp(f(-m, s)) = 1.
    """
    # Not abs(): its gradient at mean = 0 is zero, that of the loss is not.
    log_small = _log_lower_half(torch.where(mean >= 0, -mean, mean), sigma)
    log_large = torch.log1p(-log_small.exp())
    return torch.where(mean >= 0, log_large, log_small)


def _log_lower_half(mean: Tensor, sigma: Tensor) -> Tensor:
    """Return log E[sigmoid(z)] for mean <= 0, where no cancellation occurs."""
    narrow, wide = sigma.clamp(max=NARROW), sigma.clamp(min=NARROW)
    x, log_w = _narrow_nodes(mean)
    z = mean[..., None] + narrow[..., None] * x
    by_gaussian = torch.logsumexp(log_w + functional.logsigmoid(z), -1)
    t, log_l = _wide_nodes((mean + wide * wide).clamp(max=0))
    log_above = torch.special.log_ndtr((mean[..., None] - t) / wide[..., None])
    by_logistic = torch.logsumexp(log_l + log_above, -1)
    return torch.where(sigma <= NARROW, by_gaussian, by_logistic)
