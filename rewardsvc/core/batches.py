"""Training batches: whole items, every candidate encoded once, all their judged pairs."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from rewardsvc.core.compact.colours import mentions
from rewardsvc.core.compact.model import Batch
from rewardsvc.core.compact.text import mirrors_safely, token_bags
from rewardsvc.core.data import Pairs, PreferenceData
from rewardsvc.core.images import ImageCache

_MIRROR_SHARE = 0.5
_CROP_GRID = 8  # crops move by this many pixels, so that every map keeps whole cells


class PairTargets(NamedTuple):
    """Pairs within a batch: i, j rows of its edits; the rest as in `Pairs`."""

    i: Tensor
    j: Tensor
    outcome: Tensor
    gap: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> "PairTargets":
        return PairTargets(*(tensor.to(device) for tensor in self))


@dataclass(frozen=True)
class Group:
    """One item: its triples that were judged and the rows of its pairs."""

    triples: tuple[int, ...]
    pairs: tuple[int, ...]


def group_by_item(data: PreferenceData, pairs: Pairs) -> list[Group]:
    """Return the items of the pairs in a fixed order."""
    by_item: dict[str, list[int]] = defaultdict(list)
    for row, i in enumerate(pairs.i):
        by_item[data.triples[i].item].append(row)
    return [
        Group(tuple(sorted({int(t) for r in rows for t in (pairs.i[r], pairs.j[r])})), tuple(rows))
        for _, rows in sorted(by_item.items())
    ]


def make_batch(
    data: PreferenceData, triples: Sequence[int], images: ImageCache, buckets: int
) -> Batch:
    """Return the batch of some triples, sources and instructions listed once."""
    chosen = [data.triples[n] for n in triples]
    sources = {sha: n for n, sha in enumerate(dict.fromkeys(t.source_sha for t in chosen))}
    texts = {text: n for n, text in enumerate(dict.fromkeys(t.instruction for t in chosen))}
    tokens, offsets = token_bags(list(texts), buckets)
    return Batch(
        images.pixels[images.rows(list(sources))],
        images.pixels[images.rows([t.edit_sha for t in chosen])],
        torch.tensor([sources[t.source_sha] for t in chosen]),
        images.measured([(t.source_sha, t.edit_sha) for t in chosen]),
        tokens,
        offsets,
        mentions(list(texts)),
        torch.tensor([texts[t.instruction] for t in chosen]),
    )


class Loader:
    """Shuffled, augmented batches of items; the same generator state gives the same batches."""

    def __init__(
        self, data: PreferenceData, pairs: Pairs, images: ImageCache, *, buckets: int, items: int
    ) -> None:
        self.data, self.pairs, self.images = data, pairs, images
        self.buckets, self.items = buckets, items
        self.groups = group_by_item(data, pairs)
        self.fixed = {t.source_sha for t in data.triples if not mirrors_safely(t.instruction)}

    def __len__(self) -> int:
        return math.ceil(len(self.groups) / self.items)

    def epoch(
        self, generator: torch.Generator, *, augment: bool
    ) -> Iterator[tuple[Batch, PairTargets]]:
        """Yield every item once, in an order and with augmentations drawn from the generator."""
        order = torch.randperm(len(self.groups), generator=generator).tolist()
        for start in range(0, len(order), self.items):
            chosen = [self.groups[n] for n in order[start : start + self.items]]
            triples = [triple for group in chosen for triple in group.triples]
            batch = make_batch(self.data, triples, self.images, self.buckets)
            if augment:
                shas = dict.fromkeys(self.data.triples[n].source_sha for n in triples)
                free = torch.tensor([sha not in self.fixed for sha in shas])
                batch = _augmented(batch, free, generator)
            yield batch, self._targets(chosen, triples)

    def _targets(self, chosen: Sequence[Group], triples: Sequence[int]) -> PairTargets:
        local = {triple: n for n, triple in enumerate(triples)}
        pairs = self.pairs.take(np.array([row for group in chosen for row in group.pairs]))
        return PairTargets(
            torch.tensor([local[int(n)] for n in pairs.i]),
            torch.tensor([local[int(n)] for n in pairs.j]),
            torch.from_numpy(pairs.outcome),
            torch.from_numpy(pairs.gap).float(),
            torch.from_numpy(pairs.weight).float(),
        )


def _augmented(batch: Batch, free: Tensor, generator: torch.Generator) -> Batch:
    """Crop each source together with its edits, and mirror those that are free to be mirrored.

    The measurements stay those of the whole picture.
    """
    n_sources, size = len(batch.sources), batch.sources.shape[-1]
    window = size - 2 * _CROP_GRID
    corner = torch.randint(0, 3, (n_sources, 2), generator=generator) * _CROP_GRID
    mirror = (torch.rand(n_sources, generator=generator) < _MIRROR_SHARE) & free
    own = batch.source
    return batch._replace(
        sources=_moved(batch.sources, corner, mirror, window),
        edits=_moved(batch.edits, corner[own], mirror[own], window),
    )


def _moved(images: Tensor, corner: Tensor, mirror: Tensor, window: int) -> Tensor:
    out = images.new_empty((len(images), 3, window, window))
    for n, (top, left) in enumerate(corner.tolist()):
        cut = images[n, :, top : top + window, left : left + window]
        out[n] = cut.flip(-1) if mirror[n] else cut
    return out
