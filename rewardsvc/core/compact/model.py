"""The compact reward model: some hundred thousand weights from scratch, torch alone."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from annotation.items.imaging.presentation import OWN
from rewardsvc.core.compact.batch import Batch, augmented, make_batch
from rewardsvc.core.compact.colours import N_MATCHES, matches
from rewardsvc.core.compact.config import CompactConfig
from rewardsvc.core.compact.features import N_COLOURS, n_measurements
from rewardsvc.core.compact.images import ImageCache, load_images, to_pixels
from rewardsvc.core.compact.layers import ConvEncoder, Linears
from rewardsvc.core.data.files import ImagePath
from rewardsvc.core.data.pictures import SHOWN
from rewardsvc.core.data.triples import Triple
from rewardsvc.core.fusion import fuse
from rewardsvc.core.scoring import Question

_LOG_SIGMA_LIMIT = 4.0
_MEASUREMENT_LIMIT = 4.0  # standard deviations; bounds the effect of an outlier image
_BATCH = 32  # edits scored at a time


class Features(NamedTuple):
    """Features of (source, edit) that do not depend on the instruction.

    measured: (N, F), not normalised. maps: (N, C, h, w), C = 0 without convolutions.
    """

    measured: Tensor
    maps: Tensor

    def take(self, rows: Tensor) -> "Features":
        return Features(self.measured[rows], self.maps[rows])


class Instructions(NamedTuple):
    """Encoded instructions: vectors (members, N, text_width), named colours (N, colours)."""

    vectors: Tensor
    mentioned: Tensor

    def take(self, rows: Tensor) -> "Instructions":
        return Instructions(self.vectors[:, rows], self.mentioned[rows])


class CompactRewardModel(nn.Module):
    """Predict a Gaussian reward per dimension from source, edit and instruction.

    Every member weighs measurements of the change by the instruction. The convolutions add what
    the measurements do not capture. Attribute names are tensor names of stored checkpoints.
    """

    backbone = "compact"
    middle: Tensor
    scale: Tensor

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.config = config
        self.is_normalized = False
        self.fusion = "mean"
        self.reading = SHOWN
        self.edit_size, self.watermarks = OWN, tuple[str, ...]()
        members, width, text = config.members, config.reader_width, config.text_width
        inputs = n_measurements() + N_MATCHES
        self.register_buffer("middle", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.bag = nn.EmbeddingBag(config.text_buckets, members * text, mode="mean")
        nn.init.normal_(self.bag.weight, std=0.5)
        self.norm = nn.LayerNorm(text)
        self.drop_measured = nn.Dropout(config.measurement_dropout)
        self.drop = nn.Dropout(config.dropout)
        self.measure = Linears(members, inputs, width)
        self.weigh = Linears(members, text, width)
        self.mix = Linears(members, 2 * width, width)
        self.answer = Linears(members, width, 2 * len(config.dimensions))
        self.eye = ConvEncoder(config) if config.widths else None

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.config.dimensions

    def images(self, shas: Iterable[str], image_path: ImagePath) -> ImageCache:
        """Open images by content hash. Raises ImageError."""
        size = self.config.image_size
        return load_images(sorted(set(shas)), image_path, size, self.watermarks)

    def collate(self, triples: Sequence[Triple], images: ImageCache) -> Batch:
        """Return the batch of some triples. Raises ImageError for images of another size."""
        images.require_size(self.config.image_size)
        return make_batch(triples, images, self.config.text_buckets)

    def augmented(
        self, batch: Batch, triples: Sequence[Triple], generator: torch.Generator
    ) -> Batch:
        return augmented(batch, triples, generator)

    def fit_normalization(self, triples: Sequence[Triple], images: ImageCache) -> None:
        """Compute the inputs' means and scales from the training triples, once."""
        if not self.is_normalized:
            batch = self.collate(triples, images)
            self.standardise(batch.measured, batch.mentioned[batch.text])
            self.is_normalized = True

    def describe(self, _: Path) -> dict[str, Any]:
        """Return the configuration for a checkpoint's sidecar."""
        return self.config.to_json()

    def parameter_groups(self, lr: float) -> list[dict[str, Any]]:
        return [{"params": list(self.parameters()), "lr": lr}]

    def portions(self, questions: Sequence[Question], _: object) -> list[list[int]]:
        """Return the rows of each batch to score, in order."""
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
        """Set mean (`middle`) and scale of the inputs from training rows (N, F), (N, colours)."""
        inputs = self._inputs(measured, mentioned)
        self.middle.copy_(inputs.mean(0))
        self.scale.copy_(inputs.std(0, correction=0).clamp(min=1e-3))

    @staticmethod
    def _inputs(measured: Tensor, mentioned: Tensor) -> Tensor:
        shares = measured[:, -3 * N_COLOURS :]
        return torch.cat([measured, matches(shares, mentioned)], 1)

    def encode(self, batch: Batch) -> Features:
        """Return the features of a batch; every source and every edit is encoded once."""
        if self.eye is None:
            return Features(batch.measured, batch.measured.new_zeros(len(batch.edits), 0, 1, 1))
        return Features(
            batch.measured, self.eye.encode_images(batch.sources, batch.edits, batch.source)
        )

    def encode_text(self, batch: Batch) -> Instructions:
        """Return the T distinct instructions of a batch as vectors."""
        bags = self.bag(batch.tokens, batch.offsets)  # (T, members * text)
        vectors = self.norm(bags.unflatten(1, (self.config.members, -1)).transpose(0, 1))
        return Instructions(self.drop(vectors), batch.mentioned)

    def predict(self, features: Features, instructions: Instructions) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma of each member, (members, N, D) each."""
        raw = self._inputs(features.measured, instructions.mentioned)
        inputs = (raw - self.middle) / self.scale
        inputs = inputs.clamp(-_MEASUREMENT_LIMIT, _MEASUREMENT_LIMIT)
        inputs = inputs.expand(self.config.members, -1, -1)
        hidden = functional.silu(self.measure(self.drop_measured(inputs)))
        weighed = hidden * torch.tanh(self.weigh(instructions.vectors))
        mixed = functional.silu(self.mix(self.drop(torch.cat([hidden, weighed], 2))))
        out = self.answer(self.drop(mixed))
        if self.eye is not None:
            out = out + self.eye(features.maps, instructions.vectors.mean(0))
        mu, log_sigma = out.chunk(2, 2)
        return mu, _LOG_SIGMA_LIMIT * torch.tanh((log_sigma - 1) / _LOG_SIGMA_LIMIT)

    def epistemic(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return mu, log sigma (N, D) and the fused reward's epistemic deviation (N,).

        The deviation is the standard deviation between the members of the ensemble.
        """
        mu, log_sigma = self.predict(self.encode(batch), self.encode_text(batch).take(batch.text))
        fused, _ = fuse(mu, log_sigma, self.fusion)
        return *pool(mu, log_sigma), fused.std(0, correction=0)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return mu and log sigma, (N, D) each, pooled over the members."""
        instructions = self.encode_text(batch).take(batch.text)
        return pool(*self.predict(self.encode(batch), instructions))


def pool(mu: Tensor, log_sigma: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean and log standard deviation of an equal mixture of the members' Gaussians.

    mu, log_sigma: (members, N, D). Disagreement between members increases the deviation.
    """
    variance = (2 * log_sigma).exp().mean(0) + mu.var(0, correction=0)
    return mu.mean(0), 0.5 * variance.log()
