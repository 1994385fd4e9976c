"""What training minimises: preference losses over the pairs of a batch."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rewardsvc.core.batches import PairTargets
from rewardsvc.core.compact.model import fuse
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.losses import LOSSES, Loss

_TIED = 1e-6


@dataclass(frozen=True)
class Objective:
    """The parts of the loss and their weights.

    loss: a name in `LOSSES`. tie_weight: total weight of a tie, which counts in both orders: 2 is
    the paper's two rows, 1 a single row with a target of one half.
    dimension_weight: of each dimension's own head on the sign of its score gap (paper: 0, there
    only the fused reward is trained).
    foreign_weight: of preferring an item's best edit under its own instruction to the same edit
    under another item's (paper: 0).
    """

    loss: str = "nll_expected"
    tie_weight: float = 1.0
    dimension_weight: float = 0.5
    foreign_weight: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.loss, str) or self.loss not in LOSSES:
            raise TrainingError(f"unknown loss {self.loss!r}; known: {', '.join(LOSSES)}")
        for name in ("tie_weight", "dimension_weight", "foreign_weight"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value < math.inf:
                raise TrainingError(f"{name} is {value!r}, expected a finite number, 0 or more")


class _Rows(NamedTuple):
    """Ordered (winner, loser, weight) rows; a tie gives one in each order."""

    winner: Tensor
    loser: Tensor
    weight: Tensor


def ordered_rows(targets: PairTargets, outcome: Tensor, tie_weight: float) -> _Rows:
    """Return the rows of pairs under an outcome (n,) of 1, 0, -1 or NaN (left out)."""
    first, second, tied = outcome > 0, outcome < 0, outcome == 0
    half = targets.weight[tied] * (tie_weight / 2)
    winner = [targets.i[first], targets.j[second], targets.i[tied], targets.j[tied]]
    loser = [targets.j[first], targets.i[second], targets.j[tied], targets.i[tied]]
    weight = [targets.weight[first], targets.weight[second], half, half]
    return _Rows(torch.cat(winner), torch.cat(loser), torch.cat(weight))


def _weighted(loss: Loss, mu: Tensor, log_sigma: Tensor, rows: _Rows) -> Tensor:
    """Return the weighted mean over rows, and over members: mu, log_sigma (members, N)."""
    w, l = rows.winner, rows.loser  # noqa: E741 - winner and loser, as in the losses
    values = loss(mu[:, w], log_sigma[:, w], mu[:, l], log_sigma[:, l], reduction="none")
    return (values.mean(0) * rows.weight).sum() / rows.weight.sum().clamp(min=1e-12)


def total_loss(
    objective: Objective,
    model: Any,
    batch: Any,
    targets: PairTargets,
    generator: torch.Generator,
) -> Tensor:
    """Return the scalar loss of one batch; the generator draws the foreign instructions."""
    loss = LOSSES[objective.loss]
    codes, wishes = model.encode(batch), model.read(batch)
    mu, log_sigma = model.answers(codes, wishes.take(batch.text))  # (members, N, D)
    rows = ordered_rows(targets, targets.outcome, objective.tie_weight)
    total = _weighted(loss, *fuse(mu, log_sigma), rows)
    if objective.dimension_weight:
        for d in range(mu.shape[2]):
            gap = targets.gap[:, d]
            sign = torch.where(gap.abs() < _TIED, torch.zeros_like(gap), gap.sign())
            rows_d = ordered_rows(targets, sign, objective.tie_weight)
            if len(rows_d.winner):
                part = _weighted(loss, mu[..., d], log_sigma[..., d], rows_d)
                total = total + objective.dimension_weight * part
    best = unbeaten(targets, batch.n_edits)
    if objective.foreign_weight and batch.n_texts > 1 and len(best):
        n_texts = batch.n_texts
        step = torch.randint(1, n_texts, (len(best),), generator=generator).to(best.device)
        strange = wishes.take((batch.text[best] + step) % n_texts)
        mu_f, log_sigma_f = fuse(*model.answers(codes.take(best), strange))
        mu_w, log_sigma_w = fuse(mu[:, best], log_sigma[:, best])
        foreign = loss(mu_w, log_sigma_w, mu_f, log_sigma_f)
        total = total + objective.foreign_weight * foreign
    return total


def unbeaten(targets: PairTargets, n_edits: int) -> Tensor:
    """Return the edits (rows) that won a pair of the batch and lost none."""
    won = torch.zeros(n_edits, dtype=torch.bool, device=targets.i.device)
    lost = won.clone()
    first, second = targets.outcome > 0, targets.outcome < 0
    won[targets.i[first]] = True
    won[targets.j[second]] = True
    lost[targets.j[first]] = True
    lost[targets.i[second]] = True
    return torch.nonzero(won & ~lost)[:, 0]
