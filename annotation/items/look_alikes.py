"""Find which candidates of an item may look alike, from their colour grids alone."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from annotation.items.pools import Entry

# Largest difference of a cell's mean colour (0 to 255) of two pictures that are looked at closely.
# Saving a photograph again changes a cell by up to 3 (items/imaging/derivatives.py).
NEAR = 4


def near_pairs(entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Return pairs of other pictures whose grids are near, the lower id first.

    Of entries that are the same picture, the one with the lowest id stands for all.
    """
    first: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.id):
        if entry.grid is not None:
            first.setdefault(entry.picture, entry)
    return [(one, other) for one, other in combinations(first.values(), 2) if _near(one, other)]


def _near(one: Entry, other: Entry) -> bool:
    grids = (np.frombuffer(entry.grid or b"", np.uint8).astype(np.int16) for entry in (one, other))
    left, right = grids
    return int(np.abs(left - right).max()) <= NEAR
