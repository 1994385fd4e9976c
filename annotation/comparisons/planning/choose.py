"""Choose which combinations of an item's candidates become comparisons."""

import itertools
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb

from annotation.comparisons.planning.balance import Meetings, level
from annotation.items.pools import Entry, Pool, drawn

STRATEGIES = ("all", "random", "balanced", "anchor")
# Most combinations of one item that the balanced strategy considers; more would only cost time.
WEIGHED = 200
# Up to this number an item's combinations are listed and sorted; above, they are sampled.
LISTED = 2_000

Combination = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A planned comparison: candidate ids in canonical order, and its inclusion probability."""

    item: int
    candidates: tuple[int, ...]
    generators: tuple[int, ...]
    propensity: float


@dataclass(frozen=True, slots=True)
class _Need:
    """An item that still wants comparisons, and what it can choose from."""

    pool: Pool
    options: list[Combination]
    wanted: int


@dataclass(frozen=True)
class Rule:
    """How to choose. per_item None: all that the strategy allows."""

    k: int
    strategy: str
    seed: int
    per_item: int | None = None
    anchor: int | None = None

    @property
    def policy(self) -> str:
        """Return the name of the rule, as stored on queue rows and in exports."""
        parts = [f"k={self.k}"]
        if self.per_item is not None:
            parts.append(f"n={self.per_item}")
        return f"{self.strategy}:{','.join(parts)}"


def possible(pool: Pool, rule: Rule) -> Iterator[Combination]:
    """Yield the combinations that the rule could choose, each in canonical order."""
    combinations = itertools.combinations(pool.entries, rule.k)
    return (combination for combination in combinations if _allowed(combination, rule, pool))


def _allowed(combination: Combination, rule: Rule, pool: Pool) -> bool:
    if pool.apart:
        ids = sorted(entry.id for entry in combination)
        if not pool.apart.isdisjoint(itertools.combinations(ids, 2)):
            return False
    generators = {entry.generator for entry in combination}
    if rule.strategy == "anchor":
        return rule.anchor in generators
    return rule.strategy != "balanced" or len(generators) == rule.k


def count_possible(pool: Pool, rule: Rule) -> int:
    """Return how many combinations the rule could choose, without listing them where possible."""
    if pool.apart:
        return sum(1 for _ in possible(pool, rule))
    sizes = Counter(entry.generator for entry in pool.entries)
    n_all = comb(len(pool.entries), rule.k)
    if rule.strategy == "anchor":
        others = len(pool.entries) - (sizes[rule.anchor] if rule.anchor is not None else 0)
        return n_all - comb(others, rule.k)
    if rule.strategy == "balanced":
        return _distinct(sizes.values(), rule.k)
    return n_all


def _distinct(sizes: Iterable[int], k: int) -> int:
    """Return the number of ways to take k candidates of k different generators."""
    ways = [1] + [0] * k
    for size in sizes:
        for j in range(k, 0, -1):
            ways[j] += ways[j - 1] * size
    return ways[k]


def choose(
    pools: Sequence[Pool], rule: Rule, *, present: Mapping[int, Collection[tuple[int, ...]]]
) -> list[Chosen]:
    """Return the comparisons that the rule asks for, without existing ones.

    present: per item the candidate ids of its comparisons. The same pools, rule and seed give the
    same choice, and choosing again once it was built gives nothing.
    """
    if rule.strategy == "balanced":
        return _balanced(pools, rule, present)
    chosen = []
    for pool in pools:
        n_possible = count_possible(pool, rule)
        wanted = n_possible if rule.per_item is None else min(rule.per_item, n_possible)
        if not wanted:
            continue
        there = set(present.get(pool.item, ()))
        chosen += [
            _as_chosen(pool, combination, wanted / n_possible)
            for combination in _first(pool, rule, wanted)
            if _ids(combination) not in there
        ]
    return chosen


def _first(pool: Pool, rule: Rule, wanted: int) -> list[Combination]:
    """Return `wanted` combinations, drawn by seed: a larger number extends a smaller one.

    Hashes of the candidates are used instead of one random generator, so that the draw of an item
    does not depend on other items.
    """
    n_possible = count_possible(pool, rule)
    if n_possible > LISTED and 2 * wanted < n_possible:
        return list(itertools.islice(_draws(pool, rule), wanted))
    combinations = list(possible(pool, rule))
    if rule.strategy != "balanced" and wanted >= n_possible:
        return combinations
    return sorted(combinations, key=lambda c: drawn(rule.seed, "pick", *_ids(c)))[:wanted]


def _draws(pool: Pool, rule: Rule) -> Iterator[Combination]:
    """Yield distinct random combinations of a large pool, without listing all of them."""
    draw = random.Random(drawn(rule.seed, "sample", pool.item))  # noqa: S311 - a plan, no secret
    seen: set[tuple[int, ...]] = set()
    while True:
        indices = sorted(draw.sample(range(len(pool.entries)), rule.k))
        combination = tuple(pool.entries[i] for i in indices)
        if _allowed(combination, rule, pool) and _ids(combination) not in seen:
            seen.add(_ids(combination))
            yield combination


def _balanced(
    pools: Sequence[Pool], rule: Rule, present: Mapping[int, Collection[tuple[int, ...]]]
) -> list[Chosen]:
    """Choose per item so that every pair of generators meets about equally often overall."""
    met = Meetings({entry.generator for pool in pools for entry in pool.entries})
    needs: list[_Need] = []
    for pool in sorted(pools, key=lambda pool: drawn(rule.seed, "turn", pool.item)):
        there = _still_possible(pool, present.get(pool.item, ()), rule)
        met.add(met.pairs([_generators(combination) for combination in there]))
        taken = {_ids(combination) for combination in there}
        options = [c for c in _first(pool, rule, _n_weighed(pool, rule)) if _ids(c) not in taken]
        wanted = min(len(options), (rule.per_item or len(options)) - len(there))
        if wanted > 0:
            needs.append(_Need(pool, options, wanted))
    picks = level([(met.pairs([_generators(c) for c in n.options]), n.wanted) for n in needs], met)
    return [
        _as_chosen(need.pool, need.options[pick], _share(need.pool, rule))
        for need, mine in zip(needs, picks, strict=True)
        for pick in mine
    ]


def _still_possible(
    pool: Pool, present: Collection[tuple[int, ...]], rule: Rule
) -> list[Combination]:
    """Return those existing comparisons that the pool and the rule's K still allow."""
    entries = {entry.id: entry for entry in pool.entries}
    return [
        tuple(entries[i] for i in ids)
        for ids in present
        if len(ids) == rule.k and all(i in entries for i in ids)
    ]


def _n_weighed(pool: Pool, rule: Rule) -> int:
    n_possible = count_possible(pool, rule)
    if rule.per_item is None:
        return n_possible
    return min(n_possible, max(WEIGHED, 4 * rule.per_item))


def _share(pool: Pool, rule: Rule) -> float:
    n_possible = count_possible(pool, rule)
    return min(1.0, (rule.per_item or n_possible) / n_possible)


def _ids(combination: Combination) -> tuple[int, ...]:
    return tuple(entry.id for entry in combination)


def _generators(combination: Combination) -> tuple[int, ...]:
    return tuple(entry.generator for entry in combination)


def _as_chosen(pool: Pool, combination: Combination, propensity: float) -> Chosen:
    return Chosen(pool.item, _ids(combination), _generators(combination), propensity)
