"""The compact reward model: a few hundred thousand weights from scratch, torch alone."""

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from rewardsvc.core.errors import CheckpointError
from rewardsvc.core.features import change_mask, detail, n_statistics, pair_statistics

_LOG_SIGMA_LIMIT = 4.0


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a compact reward model.

    image_size: side in pixels at which images are read; the convolutions see half of it, the
    detail maps and measurements all of it.
    """

    dimensions: tuple[str, ...]
    image_size: int = 128
    widths: tuple[int, int, int, int] = (24, 32, 64, 96)
    text_buckets: int = 4096
    text_width: int = 64
    head_width: int = 96
    dropout: float = 0.2
    use_statistics: bool = True
    use_convolutions: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "CompactConfig":
        try:
            tuples = {key: tuple(value[key]) for key in ("dimensions", "widths")}
            return cls(**{**value, **tuples})
        except (TypeError, KeyError) as error:
            raise CheckpointError(f"unknown model configuration: {error}") from error


class Batch(NamedTuple):
    """Edits to be scored; sources and instructions are listed once and pointed at.

    sources: (S, 3, size, size) uint8. edits: (N, 3, size, size) uint8. source: (N,) row in
    sources. tokens, offsets: bags of the (T,) instructions. text: (N,) row in those.
    """

    sources: Tensor
    edits: Tensor
    source: Tensor
    tokens: Tensor
    offsets: Tensor
    text: Tensor


class Codes(NamedTuple):
    """What the model sees of (source, edit), before it reads the instruction.

    maps: (N, C, h, w) features. change: (N, 1, h, w) where something changed, 0..1.
    statistics: (N, F) standardised measurements.
    """

    maps: Tensor
    change: Tensor
    statistics: Tensor

    def take(self, rows: Tensor) -> "Codes":
        return Codes(self.maps[rows], self.change[rows], self.statistics[rows])


class _Block(nn.Module):
    """Two 3x3 convolutions around a skip; group normalisation keeps batches independent."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm_first = nn.GroupNorm(8, outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm_second = nn.GroupNorm(8, outputs)
        self.skip = (
            nn.Identity()
            if inputs == outputs and stride == 1
            else nn.Sequential(nn.AvgPool2d(stride), nn.Conv2d(inputs, outputs, 1, bias=False))
        )

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.silu(self.norm_first(self.first(x)))
        return functional.silu(self.norm_second(self.second(inner)) + self.skip(x))


class CompactRewardModel(nn.Module):
    """Source, edit and instruction to a Gaussian reward per dimension.

    Both images pass one encoder; their features, difference and absolute difference pass a second
    one; the instruction modulates the result, asks where it applies (an attention map set against
    the map of change) and weighs the measurements.
    """

    statistics_mean: Tensor
    statistics_scale: Tensor

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        stem, middle, pair, top = config.widths
        text, width = config.text_width, config.head_width
        measured = n_statistics()
        self.register_buffer("statistics_mean", torch.zeros(measured))
        self.register_buffer("statistics_scale", torch.ones(measured))
        self.bag = nn.EmbeddingBag(config.text_buckets, text, mode="mean")
        self.text = nn.Sequential(nn.LayerNorm(text), nn.Dropout(config.dropout))
        self.stem = nn.Sequential(
            nn.Conv2d(4, stem, 5, 2, 2, bias=False), nn.GroupNorm(8, stem), nn.SiLU()
        )
        self.image = _Block(stem, middle, 2)
        self.pair = nn.Sequential(
            nn.Conv2d(4 * middle, pair, 1, bias=False),
            nn.GroupNorm(8, pair),
            nn.SiLU(),
            _Block(pair, pair, 2),
        )
        self.modulate = nn.Linear(text, 2 * pair)
        self.top = _Block(pair, top)
        self.query = nn.Linear(text, top)
        self.measure = nn.Sequential(nn.Linear(measured, width), nn.SiLU())
        self.weigh = nn.Linear(text, width)
        inputs = 3 * top + 4 if config.use_convolutions else 0
        inputs += 2 * width if config.use_statistics else 0
        self.head = nn.Sequential(
            nn.Dropout(config.dropout),
            nn.Linear(inputs + text, width),
            nn.SiLU(),
            nn.Dropout(config.dropout),
            nn.Linear(width, 2 * len(config.dimensions)),
        )
        nn.init.normal_(self.bag.weight, std=0.5)

    def encode(self, batch: Batch) -> Codes:
        """Look at every source once and every edit once."""
        sources, edits = batch.sources.float() / 255, batch.edits.float() / 255
        own = sources[batch.source]
        statistics = (pair_statistics(own, edits) - self.statistics_mean) / self.statistics_scale
        seen_s, seen_e = self._features(sources)[batch.source], self._features(edits)
        gap = seen_e - seen_s
        maps = self.pair(torch.cat([seen_s, seen_e, gap, gap.abs()], 1))
        change = functional.adaptive_avg_pool2d(change_mask(edits - own), maps.shape[-1])
        return Codes(maps, change, statistics.clamp(-6, 6))

    def _features(self, images: Tensor) -> Tensor:
        fine = torch.log(detail(images) + 0.01) + 3.0
        seen = torch.cat([images * 4 - 2, fine], 1)
        out: Tensor = self.image(self.stem(functional.avg_pool2d(seen, 2)))
        return out

    def embed(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        """Return one vector (T, text_width) per instruction."""
        out: Tensor = self.text(self.bag(tokens, offsets))
        return out

    def judge(self, codes: Codes, text: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma (N, D) of codes under instructions (N, text_width)."""
        parts = [text]
        if self.config.use_convolutions:
            parts.append(self._look(codes, text))
        if self.config.use_statistics:
            measured = self.measure(codes.statistics)
            parts += [measured, measured * self.weigh(text)]
        out = self.head(torch.cat(parts, 1))
        mu, log_sigma = out.chunk(2, 1)
        limit = _LOG_SIGMA_LIMIT
        return mu, limit * torch.tanh((log_sigma - 1) / limit)

    def _look(self, codes: Codes, text: Tensor) -> Tensor:
        scale, shift = self.modulate(text)[:, :, None, None].chunk(2, 1)
        maps = self.top(codes.maps * (1 + scale) + shift)  # (N, top, h, w)
        asked = torch.einsum("nchw,nc->nhw", maps, self.query(text))[:, None]
        asked = torch.sigmoid(asked / maps.shape[1] ** 0.5)  # where the instruction applies
        change = codes.change
        meets = (asked * change).mean((2, 3))
        overlap = [
            meets,
            meets / (asked.mean((2, 3)) + 0.01),  # how much of what was asked for changed
            meets / (change.mean((2, 3)) + 0.01),  # how much of the change was asked for
            ((1 - asked) * change).mean((2, 3)),
        ]
        attended = (maps * asked).mean((2, 3)) / (asked.mean((2, 3)) + 0.01)
        return torch.cat([maps.mean((2, 3)), maps.amax((2, 3)), attended, *overlap], 1)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (N, D) each."""
        text = self.embed(batch.tokens, batch.offsets)[batch.text]
        return self.judge(self.encode(batch), text)


def fuse(mu: Tensor, log_sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Return the fused mean and log sigma (N,): the mean over dimensions of each, as the paper."""
    return mu.mean(-1), log_sigma.mean(-1)
