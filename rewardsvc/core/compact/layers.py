"""Layers of the compact reward model."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from rewardsvc.core.compact.config import GROUPS, CompactConfig
from rewardsvc.core.compact.features import laplacian


class Linears(nn.Module):
    """One linear layer per member: (members, N, inputs) to (members, N, outputs)."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(members, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)


class _Block(nn.Module):
    """Two 3x3 convolutions around a skip; group normalisation keeps batches independent."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.norm_first = nn.GroupNorm(GROUPS, outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm_second = nn.GroupNorm(GROUPS, outputs)
        self.skip = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.silu(self.norm_first(self.first(x)))
        return functional.silu(self.norm_second(self.second(inner)) + self.skip(x))


class ConvEncoder(nn.Module):
    """Convolutions over source and edit, and an output that depends on the instruction.

    Both images pass one encoder. Their features, difference and absolute difference pass a second
    one, whose output the instruction scales and shifts (FiLM). The output layer starts at zero;
    its values are added to those of every member.
    """

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        stem, middle, top = config.widths
        text, outputs = config.text_width, 2 * len(config.dimensions)
        self.image = nn.Sequential(
            nn.Conv2d(4, stem, 5, 2, 2, bias=False),
            nn.GroupNorm(GROUPS, stem),
            nn.SiLU(),
            _Block(stem, middle),
        )
        self.pair = nn.Sequential(
            nn.Conv2d(4 * middle, middle, 1, bias=False),
            nn.GroupNorm(GROUPS, middle),
            nn.SiLU(),
            _Block(middle, top),
        )
        self.modulate = nn.Linear(text, 2 * top)
        self.answer = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(2 * top, outputs))
        nn.init.zeros_(self.answer[1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.answer[1].bias)  # type: ignore[arg-type]

    def encode_images(self, sources: Tensor, edits: Tensor, source: Tensor) -> Tensor:
        """Return maps (N, C, h, w); every source and edit is encoded once.

        source: (N,) row of each edit's source in sources.
        """
        before = self._features(sources)[source]
        after = self._features(edits)
        gap = after - before
        out: Tensor = self.pair(torch.cat([before, after, gap, gap.abs()], 1))
        return out

    def _features(self, images: Tensor) -> Tensor:
        images = images.float() / 255
        luma = images.mean(1, keepdim=True)
        fine = torch.log(laplacian(luma) + 0.01) + 3.0
        out: Tensor = self.image(functional.avg_pool2d(torch.cat([images * 4 - 2, fine], 1), 2))
        return out

    def forward(self, maps: Tensor, vector: Tensor) -> Tensor:
        scale, shift = self.modulate(vector)[:, :, None, None].chunk(2, 1)
        active = functional.silu(maps * (1 + scale) + shift)
        out: Tensor = self.answer(torch.cat([active.mean((2, 3)), active.amax((2, 3))], 1))
        return out
