"""What can be compared on an item: its candidates, less those that look like one another."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

# Largest difference of a cell's mean colour (0 to 255) at which two pictures count as one. Saving
# a photograph again moves a cell by up to 3, really different edits by 15 and more.
DEFAULT_TOLERANCE = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate as the planner sees it; `grid` is its 16 × 16 × 3 colour grid, if known."""

    id: int
    generator: int
    sha256: str
    grid: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """An item and the candidates of it that can be compared, in canonical order."""

    item: int
    entries: tuple[Entry, ...]


@dataclass
class LeftOut:
    """How many candidates are in no comparison because another one looks the same."""

    identical: int = 0
    near_identical: int = 0
    per_generator: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of them."""
        return self.identical + self.near_identical


def drawn(seed: int, *names: object) -> int:
    """Return a number in [0, 2**64) that depends on the seed and the names only."""
    text = ":".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def without_twins(
    pool: Pool, *, seed: int, tolerance: int, left_out: LeftOut, anchor: int | None = None
) -> Pool:
    """Keep one of every group of candidates that look alike, and count the others.

    Which one stays is drawn by the seed, so that no generator gains; the anchor's always does.
    """

    def turn(entry: Entry) -> tuple[bool, int, int]:
        return entry.generator != anchor, drawn(seed, "twin", pool.item, entry.id), entry.id

    kept: list[Entry] = []
    for entry in sorted(pool.entries, key=turn):
        if any(entry.sha256 == other.sha256 for other in kept):
            left_out.identical += 1
        elif any(_look_alike(entry, other, tolerance) for other in kept):
            left_out.near_identical += 1
        else:
            kept.append(entry)
            continue
        tally = left_out.per_generator
        tally[entry.generator] = tally.get(entry.generator, 0) + 1
    return Pool(pool.item, canonical(kept))


def canonical(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return entries in canonical order: by image sha256, then id."""
    return tuple(sorted(entries, key=lambda entry: (entry.sha256, entry.id)))


def _look_alike(one: Entry, other: Entry, tolerance: int) -> bool:
    if one.grid is None or other.grid is None:
        return False
    first = np.frombuffer(one.grid, np.uint8).astype(np.int16)
    second = np.frombuffer(other.grid, np.uint8).astype(np.int16)
    return int(np.abs(first - second).max()) <= tolerance
