"""Balance how often generator pairs meet: a greedy pick, then repeated improvement."""

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
SWEEPS = 4


class Meetings:
    """How often each pair of generators has met, as a flat array over (lower, higher)."""

    def __init__(self, generators: Collection[int]) -> None:
        self._index = {generator: i for i, generator in enumerate(sorted(generators))}
        self.counts: IntArray = np.zeros(len(self._index) ** 2, np.int64)

    def pairs(self, groups: Sequence[Sequence[int]]) -> IntArray:
        """Return the flat indices of the pairs in groups of k generators: (n_groups, k(k-1)/2)."""
        n = len(self._index)
        rows = []
        for group in groups:
            indices = sorted(self._index[generator] for generator in group)
            rows.append([low * n + high for low, high in combinations(indices, 2)])
        return np.asarray(rows, np.int64).reshape(len(rows), -1 if rows else 0)

    def add(self, pairs: IntArray) -> None:
        """Count pairs that have met already."""
        np.add.at(self.counts, pairs.ravel(), 1)


def level(options: Sequence[tuple[IntArray, int]], met: Meetings) -> list[list[int]]:
    """Return for each item which of its options to take.

    options: per item the pairs of each option (n_options, n_pairs), and how many to take. Each
    pick is the option whose pairs met least; picks are reconsidered until none changes.
    """
    picks: list[list[int]] = [[] for _ in options]
    for turn in range(max((wanted for _, wanted in options), default=0)):
        for mine, (pairs, wanted) in zip(picks, options, strict=True):
            if turn < wanted:
                _pick(pairs, mine, met.counts)
    for _ in range(SWEEPS):
        if not _reconsider(options, picks, met.counts):
            break
    return picks


def _reconsider(
    options: Sequence[tuple[IntArray, int]], picks: list[list[int]], counts: IntArray
) -> bool:
    changed = False
    for mine, (pairs, _) in zip(picks, options, strict=True):
        if len(mine) == len(pairs):
            continue
        before = set(mine)
        for _ in range(len(mine)):
            counts[pairs[mine.pop(0)]] -= 1
            _pick(pairs, mine, counts)
        changed |= before != set(mine)
    return changed


def _pick(pairs: IntArray, mine: list[int], counts: IntArray) -> None:
    cost = counts[pairs].sum(axis=1)
    cost[mine] = np.iinfo(np.int64).max
    best = int(cost.argmin())
    mine.append(best)
    counts[pairs[best]] += 1
