"""Heads that turn the hidden state at a reward token into a Gaussian reward per dimension."""

from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from rewardsvc.core.errors import CheckpointError

HeadKind = Literal["single", "shared", "multi"]
HEAD_KINDS: tuple[str, ...] = get_args(HeadKind)
_WIDE, _NARROW = 1024, 16  # of the released heads


def _perceptron(hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(hidden, _WIDE),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(_WIDE, _NARROW),
        nn.ReLU(),
        nn.Linear(_NARROW, outputs),
    )


class RewardHeads(nn.Module):
    """Map hidden states (N, reads, hidden) to mu and log sigma (N, D), in the heads' precision.

    single: one perceptron reads one token and has outputs for every dimension.
    shared: one perceptron reads a token per dimension. multi: one perceptron per dimension, as in
    the released models, whose parameter names these are: `rm_head.*` or `rm_heads.head_k.*`.
    """

    def __init__(self, hidden: int, n_dimensions: int, kind: str, dropout: float = 0.05) -> None:
        super().__init__()
        if kind not in HEAD_KINDS:
            raise CheckpointError(f"heads are one of {', '.join(HEAD_KINDS)}, not {kind!r}")
        self.kind, self.n_dimensions = kind, n_dimensions
        if kind == "multi":
            self.rm_heads = nn.ModuleDict(
                {f"head_{d}": _perceptron(hidden, 2, dropout) for d in range(n_dimensions)}
            )
        else:
            outputs = 2 * n_dimensions if kind == "single" else 2
            self.rm_head = _perceptron(hidden, outputs, dropout)

    @property
    def reads(self) -> int:
        """Number of reward tokens per edit."""
        return 1 if self.kind == "single" else self.n_dimensions

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(states.device.type, enabled=False):
            return self._outputs(states.to(next(self.parameters()).dtype))

    @property
    def n_features(self) -> int:
        """Total number of inputs of the last layers."""
        return _NARROW * self.reads

    def features(self, states: Tensor) -> Tensor:
        """Return the last layers' inputs (N, reads * 16) for states (N, reads, hidden)."""
        with torch.autocast(states.device.type, enabled=False):
            states = states.to(next(self.parameters()).dtype)
            heads: list[Any] = [self.rm_head] * self.reads if self.kind != "multi" else []
            heads += self.rm_heads.values() if self.kind == "multi" else []
            return torch.cat([head[:-1](states[:, n]) for n, head in enumerate(heads)], 1)

    def _outputs(self, states: Tensor) -> tuple[Tensor, Tensor]:
        if self.kind == "single":
            out = self.rm_head(states[:, 0]).unflatten(1, (self.n_dimensions, 2))
        elif self.kind == "shared":
            out = self.rm_head(states)
        else:
            parts = [head(states[:, d]) for d, head in enumerate(self.rm_heads.values())]
            out = torch.stack(parts, 1)
        return out[..., 0], out[..., 1]
