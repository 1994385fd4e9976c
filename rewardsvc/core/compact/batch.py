"""Batches of the compact reward model: squares of pixels, measurements, bags of words."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from rewardsvc.core.compact.colours import mentions
from rewardsvc.core.compact.images import ImageCache
from rewardsvc.core.compact.text import mirrors_safely, token_bags
from rewardsvc.core.data.triples import Triple

_MIRROR_SHARE = 0.5
_CROP_GRID = 8  # pixels; crop offsets are multiples of it, so that feature maps keep whole cells


class Batch(NamedTuple):
    """Edits to score. Each source and each instruction is stored once and referenced by row.

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

    @property
    def n_edits(self) -> int:
        return len(self.edits)

    @property
    def n_texts(self) -> int:
        return len(self.mentioned)

    def to(self, device: torch.device) -> "Batch":
        return Batch(*(tensor.to(device) for tensor in self))


def make_batch(chosen: Sequence[Triple], images: ImageCache, buckets: int) -> Batch:
    """Return the batch of some triples, sources and instructions listed once."""
    sources = {sha: n for n, sha in enumerate(dict.fromkeys(t.source_sha for t in chosen))}
    texts = {text: n for n, text in enumerate(dict.fromkeys(t.instruction for t in chosen))}
    tokens, offsets = token_bags(list(texts), buckets)
    return Batch(
        images.pixels[images.rows(list(sources))],
        images.pixels[images.rows([t.edit for t in chosen])],
        torch.tensor([sources[t.source_sha] for t in chosen]),
        images.measured([t.pictures for t in chosen]),
        tokens,
        offsets,
        mentions(list(texts)),
        torch.tensor([texts[t.instruction] for t in chosen]),
    )


def augmented(batch: Batch, triples: Sequence[Triple], generator: torch.Generator) -> Batch:
    """Crop each source together with its edits; mirror them where the instruction allows it.

    triples: those that the batch was made of. The measurements are still of the uncropped images.
    """
    fixed = {t.source_sha for t in triples if not mirrors_safely(t.instruction)}
    shas = dict.fromkeys(t.source_sha for t in triples)
    may_mirror = torch.tensor([sha not in fixed for sha in shas])
    n_sources, size = len(batch.sources), batch.sources.shape[-1]
    window = size - 2 * _CROP_GRID
    corner = torch.randint(0, 3, (n_sources, 2), generator=generator) * _CROP_GRID
    mirror = (torch.rand(n_sources, generator=generator) < _MIRROR_SHARE) & may_mirror
    return batch._replace(
        sources=_cropped(batch.sources, corner, mirror, window),
        edits=_cropped(batch.edits, corner[batch.source], mirror[batch.source], window),
    )


def _cropped(images: Tensor, corner: Tensor, mirror: Tensor, window: int) -> Tensor:
    out = images.new_empty((len(images), 3, window, window))
    for n, (top, left) in enumerate(corner.tolist()):
        cut = images[n, :, top : top + window, left : left + window]
        out[n] = cut.flip(-1) if mirror[n] else cut
    return out
