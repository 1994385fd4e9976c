"""Training batches of whole items: every candidate is encoded once for all its judged pairs."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.data.preferences import PreferenceData


class PairTargets(NamedTuple):
    """Pairs within a batch: i, j rows of its edits; the rest as in `Pairs`.

    scores: (N, D) mean scores of the batch's edits, NaN where unknown.
    """

    i: Tensor
    j: Tensor
    outcome: Tensor
    gap: Tensor
    weight: Tensor
    scores: Tensor

    def to(self, device: torch.device) -> "PairTargets":
        return PairTargets(*(tensor.to(device) for tensor in self))


@dataclass(frozen=True)
class Group:
    """One item: its judged triples, and the rows of its pairs."""

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


class Step(NamedTuple):
    """Part of an optimiser step: a batch, its pairs, and its share of the step's pair weight.

    edits: the names of the batch's edits.
    """

    batch: Any
    targets: PairTargets
    share: float
    edits: tuple[str, ...]


class Loader:
    """Shuffled, augmented batches of items; the same generator state gives the same batches.

    items: items per step. micro: items per batch; None for all of a step.
    """

    def __init__(
        self,
        data: PreferenceData,
        pairs: Pairs,
        images: Any,
        *,
        items: int,
        micro: int | None = None,
    ) -> None:
        self.data, self.pairs, self.images = data, pairs, images
        self.items, self.micro = items, micro or items
        self.groups = group_by_item(data, pairs)

    def __len__(self) -> int:
        return math.ceil(len(self.groups) / self.items)

    def epoch(
        self, network: Any, generator: torch.Generator, *, augment: bool
    ) -> Iterator[list[Step]]:
        """Yield the parts of each step, every item once, in an order drawn from the generator."""
        order = torch.randperm(len(self.groups), generator=generator).tolist()
        for start in range(0, len(order), self.items):
            chosen = [self.groups[n] for n in order[start : start + self.items]]
            weight = sum(self._weight(group) for group in chosen)
            yield [
                self._step(network, part, generator, augment=augment, weight=weight)
                for part in (chosen[n : n + self.micro] for n in range(0, len(chosen), self.micro))
            ]

    def _weight(self, group: Group) -> float:
        return float(self.pairs.weight[list(group.pairs)].sum())

    def _step(
        self,
        network: Any,
        chosen: Sequence[Group],
        generator: torch.Generator,
        *,
        augment: bool,
        weight: float,
    ) -> Step:
        rows = [row for group in chosen for row in group.triples]
        triples = [self.data.triples[row] for row in rows]
        batch = network.collate(triples, self.images)
        if augment:
            batch = network.augmented(batch, triples, generator)
        share = sum(self._weight(group) for group in chosen) / weight
        return Step(batch, self._targets(chosen, rows), share, tuple(t.edit for t in triples))

    def _targets(self, chosen: Sequence[Group], triples: Sequence[int]) -> PairTargets:
        local = {triple: n for n, triple in enumerate(triples)}
        pairs = self.pairs.take(np.array([row for group in chosen for row in group.pairs]))
        return PairTargets(
            torch.tensor([local[int(n)] for n in pairs.i]),
            torch.tensor([local[int(n)] for n in pairs.j]),
            torch.from_numpy(pairs.outcome),
            torch.from_numpy(pairs.gap).float(),
            torch.from_numpy(pairs.weight).float(),
            torch.from_numpy(self.data.scores[list(triples)]).float(),
        )
