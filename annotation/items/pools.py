"""The candidates of an item that can be compared: one of each distinct picture."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate as the planner sees it.

    sha256: of the file. pixels: key of the decoded picture, "" until it is computed. grid: its
    16 × 16 × 3 colour grid, if known.
    """

    id: int
    generator: int
    sha256: str
    grid: bytes | None = None
    pixels: str = ""

    @property
    def picture(self) -> str:
        """Key of the pixels: entries with equal keys look the same."""
        return self.pixels or self.sha256


@dataclass(frozen=True, slots=True)
class Pool:
    """An item and the candidates of it that can be compared, in canonical order.

    apart: pairs of candidate ids, lower first, that are in no comparison together.
    """

    item: int
    entries: tuple[Entry, ...]
    apart: frozenset[tuple[int, int]] = frozenset()


@dataclass
class LeftOut:
    """How many candidates are in no comparison because another one is the same picture.

    same_file: equal byte for byte; same_pixels: other files that decode to the same picture.
    """

    same_file: int = 0
    same_pixels: int = 0
    per_generator: dict[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of them."""
        return self.same_file + self.same_pixels


def drawn(seed: int, *names: object) -> int:
    """Return a number in [0, 2**64) that depends on the seed and the names only."""
    text = ":".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def without_duplicates(
    pool: Pool,
    *,
    seed: int,
    left_out: LeftOut,
    anchor: int | None = None,
    compared: Collection[int] = (),
) -> Pool:
    """Keep one of every group of candidates that are the same picture, and count the others.

    Kept is the anchor's candidate; else one that is in a comparison already (compared: candidate
    ids), so that a later import of the same picture adds nothing; else one drawn by the seed, so
    that no generator has an advantage.
    """

    def turn(entry: Entry) -> tuple[bool, bool, int, int]:
        draw = drawn(seed, "twin", pool.item, entry.id)
        return entry.generator != anchor, entry.id not in compared, draw, entry.id

    kept: dict[str, Entry] = {}
    for entry in sorted(pool.entries, key=turn):
        first = kept.setdefault(entry.picture, entry)
        if first is entry:
            continue
        if entry.sha256 == first.sha256:
            left_out.same_file += 1
        else:
            left_out.same_pixels += 1
        tally = left_out.per_generator
        tally[entry.generator] = tally.get(entry.generator, 0) + 1
    return Pool(pool.item, canonical(list(kept.values())))


def undecided(entries: Sequence[Entry]) -> set[int]:
    """Return the ids of entries that may be the same picture as another, but lack the key.

    Equal pictures have equal grids. So entries with different grids need no key.
    """
    files: dict[bytes, set[str]] = {}
    for entry in entries:
        if entry.grid is not None:
            files.setdefault(entry.grid, set()).add(entry.sha256)
    return {
        entry.id
        for entry in entries
        if not entry.pixels and entry.grid is not None and len(files[entry.grid]) > 1
    }


def canonical(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return entries in canonical order: by image sha256, then id."""
    return tuple(sorted(entries, key=lambda entry: (entry.sha256, entry.id)))
