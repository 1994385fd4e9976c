"""Find candidates of an item that look alike, for the lead. They are compared all the same."""

import heapq
from dataclasses import dataclass, field

import numpy as np

from annotation.items.pools import Pool

# Largest difference of a cell's mean colour (0 to 255) at which two pictures are listed. Saving a
# photograph again changes a cell by up to 3; so does a blur, or a change of a few letters.
DEFAULT_TOLERANCE = 3
# Most pairs in the list; the count of pairs stays exact.
MOST_LISTED = 1_000


@dataclass(frozen=True, order=True, slots=True)
class LookAlike:
    """Two candidates of an item, by id, and the largest difference between their cells."""

    difference: int
    item: int
    candidates: tuple[int, int]


@dataclass
class LookAlikes:
    """The pairs of candidates whose colours differ nowhere by more than the tolerance."""

    tolerance: int = DEFAULT_TOLERANCE
    n_pairs: int = 0
    # Heap of the most similar pairs. Differences are negated, so that the first is the least
    # similar.
    _heap: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, pool: Pool) -> None:
        """Compare every two candidates of an item that have a grid."""
        entries = [entry for entry in pool.entries if entry.grid is not None]
        if len(entries) < 2:  # noqa: PLR2004 - a pair
            return
        data = b"".join(entry.grid or b"" for entry in entries)
        grids = np.frombuffer(data, np.uint8).reshape(len(entries), -1).astype(np.int16)
        for i, entry in enumerate(entries[:-1]):
            differences = np.abs(grids[i + 1 :] - grids[i]).max(axis=1)  # (n - i - 1,)
            for j in np.flatnonzero(differences <= self.tolerance):
                self._keep(int(differences[j]), pool.item, entry.id, entries[i + 1 + int(j)].id)

    def listed(self) -> list[LookAlike]:
        """Return at most MOST_LISTED pairs, most similar first."""
        return sorted(
            LookAlike(-difference, -item, (-one, -other))
            for difference, item, one, other in self._heap
        )

    def _keep(self, difference: int, item: int, one: int, other: int) -> None:
        self.n_pairs += 1
        pair = (-difference, -item, -one, -other)
        if len(self._heap) < MOST_LISTED:
            heapq.heappush(self._heap, pair)
        else:
            heapq.heappushpop(self._heap, pair)
