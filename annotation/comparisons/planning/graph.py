"""The comparison graph: pairs of generators, and whether the graph is connected."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

Pair = tuple[int, int]


def pair_counts(groups: Iterable[Sequence[int]]) -> Counter[Pair]:
    """Return how often two generators meet; groups are the generators of each comparison."""
    counts: Counter[Pair] = Counter()
    for generators in groups:
        counts.update(itertools.combinations(sorted(generators), 2))
    return counts


def components(generators: Iterable[int], pairs: Iterable[Pair]) -> list[list[int]]:
    """Return the connected groups of generators, largest first; a single one is a group too.

    More than one group: strengths cannot be compared between them.
    """
    parent = {generator: generator for generator in generators}

    def root(generator: int) -> int:
        while parent[generator] != generator:
            parent[generator] = parent[parent[generator]]
            generator = parent[generator]
        return generator

    for one, other in pairs:
        parent[root(one)] = root(other)
    groups: dict[int, list[int]] = {}
    for generator in sorted(parent):
        groups.setdefault(root(generator), []).append(generator)
    return sorted(groups.values(), key=lambda group: (-len(group), group))
