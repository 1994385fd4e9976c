"""The training objective: preference losses over the pairs of a batch."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rewardsvc.core.errors import TrainingError
from rewardsvc.core.fusion import FUSIONS, fuse
from rewardsvc.core.losses import LOSSES, MARGIN_LOSSES, TIE_LOSSES, Loss, regression_loss
from rewardsvc.core.training.batches import PairTargets

TIES = ("half", "rows", "drop", "model")
WEIGHTS = ("pair_weight", "dimension_weight", "negative_instruction_weight", "regression_weight")
#: Configuration files and stored runs written before the name changed have the old one.
EARLIER_NAMES = {"foreign_weight": "negative_instruction_weight"}
_TIED = 1e-6
# Subtracted from each dimension's score before summing; two dimensions give the official 4.5.
_CENTRE = 2.25


@dataclass(frozen=True)
class Objective:
    """The parts of the loss and their weights.

    loss: a name in `LOSSES`; margin and tie_parameter: its options, None for the loss's default.
    fusion: how dimensions become one reward, which is compared with the verdict.
    ties: `half` = a target of one half; `rows` = two rows in opposite orders (paper); `drop` =
    left out; `model` = a third outcome, for losses with a tie model.
    pair_weight: weight of the fused reward's loss on the verdict (paper: 1).
    dimension_weight: weight of each dimension's loss on the sign of its score gap (paper: 0).
    negative_instruction_weight: weight of a pair per best edit of an item: the edit under its
    item's instruction must beat the same edit under another item's instruction (paper: 0).
    regression_weight: weight of the squared error between the fused mean and the summed mean
    scores (the paper's pointwise ablation).
    vote_confidence: weigh pairs by the probability that their majority is the true one.
    """

    loss: str = "nll_expected"
    margin: float | None = None
    tie_parameter: float | None = None
    fusion: str = "mean"
    ties: str = "half"
    pair_weight: float = 1.0
    dimension_weight: float = 0.5
    negative_instruction_weight: float = 1.0
    regression_weight: float = 0.0
    vote_confidence: bool = False

    def __post_init__(self) -> None:
        for name, known in (("loss", tuple(LOSSES)), ("fusion", FUSIONS), ("ties", TIES)):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in known:
                raise TrainingError(f"unknown {name} {value!r}; known: {', '.join(known)}")
        for name in WEIGHTS:
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value < math.inf:
                raise TrainingError(f"{name} is {value!r}, expected a finite number, 0 or more")
        if not self.pair_weight + self.dimension_weight + self.regression_weight:
            raise TrainingError("every weight of the objective is 0: nothing to learn")
        if type(self.vote_confidence) is not bool:
            raise TrainingError(f"vote_confidence is {self.vote_confidence!r}, not true or false")
        self._check_options()

    def _check_options(self) -> None:
        for name, takers in (("margin", MARGIN_LOSSES), ("tie_parameter", tuple(TIE_LOSSES))):
            value = getattr(self, name)
            if value is None:
                continue
            if type(value) not in (int, float) or not math.isfinite(value):
                raise TrainingError(f"{name} is {value!r}, expected a finite number")
            if self.loss not in takers:
                raise TrainingError(f"{name} goes with {', '.join(takers)}, not {self.loss}")
        if self.loss == "rao_kupper" and self.tie_parameter is not None and self.tie_parameter <= 0:
            raise TrainingError(f"tie_parameter is {self.tie_parameter!r}, expected above 0")
        if (self.ties == "model") != (self.loss in TIE_LOSSES):
            raise TrainingError(
                f"ties are {self.ties!r} and the loss {self.loss}: "
                f"{' and '.join(TIE_LOSSES)} model ties themselves, the others cannot"
            )

    def options(self) -> dict[str, float]:
        """Return the keyword options of the loss."""
        options = {"margin": self.margin, TIE_LOSSES.get(self.loss, ""): self.tie_parameter}
        return {name: value for name, value in options.items() if value is not None}


class _Rows(NamedTuple):
    """Ordered rows: winner, loser, outcome (1, or 0 for a tie that the loss models), weight."""

    winner: Tensor
    loser: Tensor
    outcome: Tensor
    weight: Tensor


def ordered_rows(targets: PairTargets, outcome: Tensor, ties: str) -> _Rows:
    """Return the rows of pairs under an outcome (n,) of 1, 0, -1 or NaN (left out)."""
    first, second, tied = outcome > 0, outcome < 0, outcome == 0
    winner = [targets.i[first], targets.j[second]]
    loser = [targets.j[first], targets.i[second]]
    weight = [targets.weight[first], targets.weight[second]]
    if ties == "model":
        winner.append(targets.i[tied])
        loser.append(targets.j[tied])
        weight.append(targets.weight[tied])
    elif ties != "drop":
        share = 1.0 if ties == "rows" else 0.5
        winner += [targets.i[tied], targets.j[tied]]
        loser += [targets.j[tied], targets.i[tied]]
        weight += [targets.weight[tied] * share] * 2
    weights = torch.cat(weight)
    kind = torch.ones_like(weights)
    if ties == "model":
        kind[len(weights) - int(tied.sum()) :] = 0
    return _Rows(torch.cat(winner), torch.cat(loser), kind, weights)


def _weighted(objective: Objective, mu: Tensor, log_sigma: Tensor, rows: _Rows) -> Tensor:
    """Return the weighted mean over rows, and over members: mu, log_sigma (members, N)."""
    loss: Loss = LOSSES[objective.loss]
    w, l = rows.winner, rows.loser  # noqa: E741 - winner and loser, as in the losses
    options: dict[str, Any] = dict(objective.options())
    if objective.ties == "model":
        options["outcome"] = rows.outcome.expand(len(mu), -1)
    ends = mu[:, w], log_sigma[:, w], mu[:, l], log_sigma[:, l]
    values = loss(*ends, reduction="none", **options)
    return (values.mean(0) * rows.weight).sum() / rows.weight.sum().clamp(min=1e-12)


def total_loss(
    objective: Objective,
    network: Any,
    batch: Any,
    targets: PairTargets,
    generator: torch.Generator,
) -> Tensor:
    """Return the scalar loss of one batch; the generator draws the negative instructions."""
    features, instructions = network.encode(batch), network.encode_text(batch)
    mu, log_sigma = network.predict(features, instructions.take(batch.text))  # (members, N, D)
    total: Tensor = mu.new_zeros(())
    if objective.pair_weight:
        rows = ordered_rows(targets, targets.outcome, objective.ties)
        fused = fuse(mu, log_sigma, objective.fusion)
        total = total + objective.pair_weight * _weighted(objective, *fused, rows)
    if objective.dimension_weight:
        total = total + objective.dimension_weight * _by_dimension(
            objective, mu, log_sigma, targets
        )
    if objective.regression_weight:
        total = total + objective.regression_weight * _pointwise(objective, mu, log_sigma, targets)
    best = undefeated(targets, batch.n_edits)
    if objective.negative_instruction_weight and batch.n_texts > 1 and len(best):
        n_texts = batch.n_texts
        step = torch.randint(1, n_texts, (len(best),), generator=generator).to(best.device)
        negative_text = instructions.take((batch.text[best] + step) % n_texts)
        mu_n, log_sigma_n = network.predict(features.take(best), negative_text)
        both = torch.cat([mu[:, best], mu_n], 1), torch.cat([log_sigma[:, best], log_sigma_n], 1)
        n = torch.arange(len(best), device=mu.device)
        ones = torch.ones(len(best), dtype=mu.dtype, device=mu.device)
        rows = _Rows(n, n + len(best), ones, ones)
        fused = fuse(*both, objective.fusion)
        total = total + objective.negative_instruction_weight * _weighted(objective, *fused, rows)
    return total


def _by_dimension(
    objective: Objective, mu: Tensor, log_sigma: Tensor, targets: PairTargets
) -> Tensor:
    """Return the sum over dimensions of the loss on the sign of the dimension's score gap."""
    total: Tensor = mu.new_zeros(())
    for d in range(mu.shape[2]):
        gap = targets.gap[:, d]
        sign = torch.where(gap.abs() < _TIED, torch.zeros_like(gap), gap.sign())
        # torch gives NaN the sign 0, which would be a tie; NaN leaves the pair out.
        sign = torch.where(gap.isnan(), gap, sign)
        rows = ordered_rows(targets, sign, objective.ties)
        if len(rows.winner):
            total = total + _weighted(objective, mu[..., d], log_sigma[..., d], rows)
    return total


def _pointwise(objective: Objective, mu: Tensor, log_sigma: Tensor, targets: PairTargets) -> Tensor:
    """Return the squared error of the fused mean on the centred sum of scores, where known."""
    known = ~targets.scores.isnan().any(1)
    if not known.any():
        zero: Tensor = mu.new_zeros(())
        return zero
    target = (targets.scores[known] - _CENTRE).sum(1).to(mu.dtype)
    fused = fuse(mu, log_sigma, objective.fusion)[0][:, known]
    return regression_loss(fused, target.expand_as(fused))


def undefeated(targets: PairTargets, n_edits: int) -> Tensor:
    """Return the edits (rows) that won a pair of the batch and lost none."""
    won = torch.zeros(n_edits, dtype=torch.bool, device=targets.i.device)
    lost = won.clone()
    first, second = targets.outcome > 0, targets.outcome < 0
    won[targets.i[first]] = True
    won[targets.j[second]] = True
    lost[targets.j[first]] = True
    lost[targets.i[second]] = True
    return torch.nonzero(won & ~lost)[:, 0]
