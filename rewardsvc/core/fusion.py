"""Fuse the rewards of several dimensions into one."""

import torch
from torch import Tensor

FUSIONS = ("mean", "min", "sum")


def fuse(mu: Tensor, log_sigma: Tensor, how: str = "mean") -> tuple[Tensor, Tensor]:
    """Return the fused mean and log standard deviation (...,) of (..., D).

    mean: of mu and of log sigma (as the released models do; sigma is then a geometric mean).
    min: the minimum of each. sum: the sum of independent Gaussians.
    Raises ValueError for another name.
    """
    if how == "mean":
        return mu.mean(-1), log_sigma.mean(-1)
    if how == "min":
        return mu.amin(-1), log_sigma.amin(-1)
    if how == "sum":
        return mu.sum(-1), 0.5 * torch.logsumexp(2 * log_sigma, -1)
    raise ValueError(f"fusion is one of {', '.join(FUSIONS)}, not {how!r}")
