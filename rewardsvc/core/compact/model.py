"""The compact reward model: some hundred thousand weights from scratch, torch alone."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from rewardsvc.core.compact.colours import N_MATCHES, matches
from rewardsvc.core.compact.features import N_COLOURS, laplacian, n_measurements
from rewardsvc.core.fields import Fields

MIN_IMAGE_SIZE = 64
_GROUPS = 8  # of channels, each normalised by itself
_LOG_SIGMA_LIMIT = 4.0
_MEASUREMENT_LIMIT = 4.0  # in standard deviations: a picture unlike all others must not run away


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a compact reward model.

    image_size: side in pixels at which images are read and measured; the convolutions see half of
    it. members: readers trained side by side on the same batches, their answers pooled.
    widths: channels of the convolutions; empty leaves them out.
    """

    dimensions: tuple[str, ...]
    image_size: int = 128
    members: int = 3
    reader_width: int = 48
    text_buckets: int = 4096
    text_width: int = 32
    widths: tuple[int, ...] = (16, 32, 48)
    dropout: float = 0.3
    measurement_dropout: float = 0.1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, given: Fields) -> "CompactConfig":
        """Read a configuration; raises the error of `given`, naming the field."""
        given.only(field.name for field in fields(cls))
        return cls(
            dimensions=given.names("dimensions", least=1),
            members=given.count("members", least=1),
            reader_width=given.count("reader_width", least=1),
            image_size=given.count("image_size", least=MIN_IMAGE_SIZE, step=16),
            text_buckets=given.count("text_buckets", least=2),
            text_width=given.count("text_width", least=1),
            widths=given.counts("widths", (0, 3), least=_GROUPS, step=_GROUPS),
            dropout=given.share("dropout"),
            measurement_dropout=given.share("measurement_dropout"),
        )


class Batch(NamedTuple):
    """Edits to be scored; sources and instructions are listed once and pointed at.

    sources: (S, 3, size, size) uint8. edits: (N, 3, size, size) uint8. source: (N,) row in
    sources. measured: (N, F) from `features.measure`. tokens, offsets: bags of the (T,)
    instructions. mentioned: (T, colours). text: (N,) row in the instructions.
    """

    sources: Tensor
    edits: Tensor
    source: Tensor
    measured: Tensor
    tokens: Tensor
    offsets: Tensor
    mentioned: Tensor
    text: Tensor

    def to(self, device: torch.device) -> "Batch":
        return Batch(*(tensor.to(device) for tensor in self))


class Codes(NamedTuple):
    """What the model sees of (source, edit) before it reads the instruction.

    measured: (N, F) raw. maps: (N, C, h, w) features, C = 0 without convolutions.
    """

    measured: Tensor
    maps: Tensor

    def take(self, rows: Tensor) -> "Codes":
        return Codes(self.measured[rows], self.maps[rows])


class Wishes(NamedTuple):
    """Instructions, read: vectors (members, N, text_width) and colours named (N, colours)."""

    vectors: Tensor
    mentioned: Tensor

    def take(self, rows: Tensor) -> "Wishes":
        return Wishes(self.vectors[:, rows], self.mentioned[rows])


class _Linears(nn.Module):
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
        self.norm_first = nn.GroupNorm(_GROUPS, outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm_second = nn.GroupNorm(_GROUPS, outputs)
        self.skip = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.silu(self.norm_first(self.first(x)))
        return functional.silu(self.norm_second(self.second(inner)) + self.skip(x))


class _Eye(nn.Module):
    """Convolutions over source and edit, and a reading of them under an instruction.

    Both images pass one encoder; their features, difference and absolute difference pass a second
    one, which the instruction modulates. The answer starts at zero and is added to every member's.
    """

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        stem, middle, top = config.widths
        text, outputs = config.text_width, 2 * len(config.dimensions)
        self.image = nn.Sequential(
            nn.Conv2d(4, stem, 5, 2, 2, bias=False),
            nn.GroupNorm(_GROUPS, stem),
            nn.SiLU(),
            _Block(stem, middle),
        )
        self.pair = nn.Sequential(
            nn.Conv2d(4 * middle, middle, 1, bias=False),
            nn.GroupNorm(_GROUPS, middle),
            nn.SiLU(),
            _Block(middle, top),
        )
        self.modulate = nn.Linear(text, 2 * top)
        self.answer = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(2 * top, outputs))
        nn.init.zeros_(self.answer[1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.answer[1].bias)  # type: ignore[arg-type]

    def look(self, sources: Tensor, edits: Tensor, source: Tensor) -> Tensor:
        """Return maps (N, C, h, w); every source and edit is encoded once."""
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
        seen = functional.silu(maps * (1 + scale) + shift)
        out: Tensor = self.answer(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1))
        return out


class CompactRewardModel(nn.Module):
    """Source, edit and instruction to a Gaussian reward per dimension.

    Every member reads measurements of the change, weighs them by the instruction and answers;
    the convolutions add what the measurements miss.
    """

    middle: Tensor
    scale: Tensor

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        members, width, text = config.members, config.reader_width, config.text_width
        read = n_measurements() + N_MATCHES
        self.register_buffer("middle", torch.zeros(read))
        self.register_buffer("scale", torch.ones(read))
        self.bag = nn.EmbeddingBag(config.text_buckets, members * text, mode="mean")
        nn.init.normal_(self.bag.weight, std=0.5)
        self.norm = nn.LayerNorm(text)
        self.drop_measured = nn.Dropout(config.measurement_dropout)
        self.drop = nn.Dropout(config.dropout)
        self.measure = _Linears(members, read, width)
        self.weigh = _Linears(members, text, width)
        self.mix = _Linears(members, 2 * width, width)
        self.answer = _Linears(members, width, 2 * len(config.dimensions))
        self.eye = _Eye(config) if config.widths else None

    def standardise(self, measured: Tensor, mentioned: Tensor) -> None:
        """Fix the middle and scale of what is read, from (N, F) and (N, colours) trained on."""
        read = self._read(measured, mentioned)
        self.middle.copy_(read.mean(0))
        self.scale.copy_(read.std(0, correction=0).clamp(min=1e-3))

    @staticmethod
    def _read(measured: Tensor, mentioned: Tensor) -> Tensor:
        shares = measured[:, -3 * N_COLOURS :]
        return torch.cat([measured, matches(shares, mentioned)], 1)

    def encode(self, batch: Batch) -> Codes:
        """Look at every source once and every edit once."""
        if self.eye is None:
            return Codes(batch.measured, batch.measured.new_zeros(len(batch.edits), 0, 1, 1))
        return Codes(batch.measured, self.eye.look(batch.sources, batch.edits, batch.source))

    def read(self, batch: Batch) -> Wishes:
        """Return the (T,) instructions of a batch as vectors."""
        bags = self.bag(batch.tokens, batch.offsets)  # (T, members * text)
        vectors = self.norm(bags.unflatten(1, (self.config.members, -1)).transpose(0, 1))
        return Wishes(self.drop(vectors), batch.mentioned)

    def answers(self, codes: Codes, wishes: Wishes) -> tuple[Tensor, Tensor]:
        """Return each member's mu and log sigma, (members, N, D) each, of codes under wishes."""
        read = (self._read(codes.measured, wishes.mentioned) - self.middle) / self.scale
        read = read.clamp(-_MEASUREMENT_LIMIT, _MEASUREMENT_LIMIT)
        read = read.expand(self.config.members, -1, -1)
        seen = functional.silu(self.measure(self.drop_measured(read)))
        weighed = seen * torch.tanh(self.weigh(wishes.vectors))
        mixed = functional.silu(self.mix(self.drop(torch.cat([seen, weighed], 2))))
        out = self.answer(self.drop(mixed))
        if self.eye is not None:
            out = out + self.eye(codes.maps, wishes.vectors.mean(0))
        mu, log_sigma = out.chunk(2, 2)
        return mu, _LOG_SIGMA_LIMIT * torch.tanh((log_sigma - 1) / _LOG_SIGMA_LIMIT)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (N, D) each, of the members pooled."""
        wishes = self.read(batch).take(batch.text)
        return pool(*self.answers(self.encode(batch), wishes))


def pool(mu: Tensor, log_sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and log standard deviation of an even mixture of the members' Gaussians.

    mu, log_sigma: (members, N, D). What the members disagree on adds to the uncertainty.
    """
    variance = (2 * log_sigma).exp().mean(0) + mu.var(0, correction=0)
    return mu.mean(0), 0.5 * variance.log()


def fuse(mu: Tensor, log_sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Return the fused mean and log sigma (...,) of (..., D): the mean of each, as the paper."""
    return mu.mean(-1), log_sigma.mean(-1)
