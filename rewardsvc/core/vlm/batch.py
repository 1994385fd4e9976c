"""Batches of edits for a vision-language model: every source and instruction once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from rewardsvc.core.vlm.patches import Patches


@dataclass(frozen=True)
class VlmBatch:
    """Edits to score. Each source and each instruction is stored once and referenced by row.

    images: S sources, then N edits, in patches. source: (N,) row of each edit's source in images.
    text: (N,) row in texts.
    """

    images: tuple[Patches, ...]
    n_sources: int
    source: Tensor
    texts: tuple[str, ...]
    text: Tensor

    @property
    def n_edits(self) -> int:
        return len(self.images) - self.n_sources

    @property
    def n_texts(self) -> int:
        return len(self.texts)

    def to(self, device: torch.device) -> "VlmBatch":
        moved = tuple(p._replace(pixels=p.pixels.to(device)) for p in self.images)
        return replace(self, images=moved, text=self.text.to(device))


def collate(
    triples: Sequence[tuple[Any, Patches, Any, Patches, str]],
) -> VlmBatch:
    """Return the batch of (source key, source, edit key, edit, instruction) rows."""
    sources: dict[Any, int] = {}
    patches: list[Patches] = []
    for key, source, _, _, _ in triples:
        if key not in sources:
            sources[key] = len(patches)
            patches.append(source)
    texts = {text: n for n, text in enumerate(dict.fromkeys(each[4] for each in triples))}
    return VlmBatch(
        (*patches, *(each[3] for each in triples)),
        len(patches),
        torch.tensor([sources[each[0]] for each in triples]),
        tuple(texts),
        torch.tensor([texts[each[4]] for each in triples]),
    )
