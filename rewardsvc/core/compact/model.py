"""The compact reward model: some hundred thousand weights from scratch, torch alone."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from rewardsvc.core.compact.batch import Batch, augmented, make_batch
from rewardsvc.core.compact.colours import N_MATCHES, matches
from rewardsvc.core.compact.config import CompactConfig
from rewardsvc.core.compact.features import N_COLOURS, n_measurements
from rewardsvc.core.compact.images import ImageCache, load_images, to_pixels
from rewardsvc.core.compact.layers import Eye, Linears
from rewardsvc.core.data.files import ImagePath
from rewardsvc.core.data.preferences import Triple
from rewardsvc.core.fusion import fuse
from rewardsvc.core.scoring import Question

_LOG_SIGMA_LIMIT = 4.0
_MEASUREMENT_LIMIT = 4.0  # in standard deviations: a picture unlike all others must not run away
_BATCH = 32  # edits scored at a time


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


class CompactRewardModel(nn.Module):
    """Source, edit and instruction to a Gaussian reward per dimension.

    Every member reads measurements of the change, weighs them by the instruction and answers;
    the convolutions add what the measurements miss.
    """

    backbone = "compact"
    middle: Tensor
    scale: Tensor

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        self.begun = False
        self.fusion = "mean"
        members, width, text = config.members, config.reader_width, config.text_width
        read = n_measurements() + N_MATCHES
        self.register_buffer("middle", torch.zeros(read))
        self.register_buffer("scale", torch.ones(read))
        self.bag = nn.EmbeddingBag(config.text_buckets, members * text, mode="mean")
        nn.init.normal_(self.bag.weight, std=0.5)
        self.norm = nn.LayerNorm(text)
        self.drop_measured = nn.Dropout(config.measurement_dropout)
        self.drop = nn.Dropout(config.dropout)
        self.measure = Linears(members, read, width)
        self.weigh = Linears(members, text, width)
        self.mix = Linears(members, 2 * width, width)
        self.answer = Linears(members, width, 2 * len(config.dimensions))
        self.eye = Eye(config) if config.widths else None

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.config.dimensions

    def images(self, shas: Iterable[str], image_path: ImagePath) -> ImageCache:
        """Open images by content hash. Raises ImageError."""
        return load_images(sorted(set(shas)), image_path, self.config.image_size)

    def collate(self, triples: Sequence[Triple], images: ImageCache) -> Batch:
        """Return the batch of some triples. Raises ImageError for images of another size."""
        images.require_size(self.config.image_size)
        return make_batch(triples, images, self.config.text_buckets)

    def augmented(
        self, batch: Batch, triples: Sequence[Triple], generator: torch.Generator
    ) -> Batch:
        return augmented(batch, triples, generator)

    def begin(self, triples: Sequence[Triple], images: ImageCache) -> None:
        """Fix the measurements' means and scales from the triples trained on, once."""
        if not self.begun:
            batch = self.collate(triples, images)
            self.standardise(batch.measured, batch.mentioned[batch.text])
            self.begun = True

    def describe(self, _: Path) -> dict[str, Any]:
        """Return what a checkpoint's sidecar says of the model."""
        return self.config.to_json()

    def parameter_groups(self, lr: float) -> list[dict[str, Any]]:
        return [{"params": list(self.parameters()), "lr": lr}]

    def portions(self, questions: Sequence[Question], _: object) -> list[list[int]]:
        """Return the rows of each batch to be scored, in order."""
        rows = list(range(len(questions)))
        return [rows[n : n + _BATCH] for n in range(0, len(rows), _BATCH)]

    def batch(self, questions: Sequence[Question], image: Callable[[str], Image.Image]) -> Batch:
        """Return the batch of some questions; each image is opened once."""
        shas = list(dict.fromkeys(sha for q in questions for sha in (q.source, q.edit)))
        size = self.config.image_size
        pixels = torch.stack([to_pixels(image(sha), size) for sha in shas])
        images = ImageCache(pixels, {sha: row for row, sha in enumerate(shas)})
        triples = [Triple("", "", q.source, q.edit, q.instruction, "") for q in questions]
        return make_batch(triples, images, self.config.text_buckets)

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

    def epistemic(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return mu, log sigma (N, D) and the fused reward's epistemic deviation (N,).

        The deviation is that between the members, an ensemble of readers of the same data.
        """
        mu, log_sigma = self.answers(self.encode(batch), self.read(batch).take(batch.text))
        fused, _ = fuse(mu, log_sigma, self.fusion)
        return *pool(mu, log_sigma), fused.std(0, correction=0)

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
