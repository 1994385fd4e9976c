"""The plan of a build: what it would add, before anything is written."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from annotation.campaigns.progress import median_worked_ms
from annotation.comparisons.planning.choose import STRATEGIES, Chosen, Rule, choose, count_possible
from annotation.comparisons.planning.graph import Pair, components, pair_counts
from annotation.errors import DomainError, InvalidSetting
from annotation.items.pools import LeftOut, Pool, without_duplicates
from annotation.items.selectors.generators import (
    Unready,
    generator_names,
    generators_in_use,
    pools_of,
)
from annotation.items.selectors.look_alikes import items_to_search, pairs_left_out
from annotation.models import Campaign, Candidate, Comparison

MIN_K, MAX_K = 2, 4
MAX_COMPARISONS = 500_000
MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class Plan:
    """A planned build: the comparisons, what is left out, and what it costs.

    n_apart: pairs of look-alikes that no new comparison contains.
    pairs: how often two generators meet in all comparisons in use, including the new ones.
    group_ids: generators that are connected; more than one group cannot be ranked together.
    expected_hours: None before the first timed judgment.
    """

    rule: Rule
    chosen: list[Chosen]
    n_items: int
    n_lonely: int
    n_there: int
    left_out: LeftOut
    n_apart: int
    unready: Unready
    names: dict[int, str]
    pairs: Counter[Pair]
    group_ids: list[list[int]]
    overlap: int
    median_ms: float | None

    @property
    def groups(self) -> list[list[str]]:
        """The names of the generators of each group."""
        return [[self.names[generator] for generator in group] for group in self.group_ids]

    @property
    def judgments_wanted(self) -> int:
        """Number of judgments that the new comparisons want."""
        return len(self.chosen) * self.overlap

    @property
    def expected_hours(self) -> float | None:
        """Hours of active time at the median of the campaign so far."""
        if self.median_ms is None:
            return None
        return self.judgments_wanted * self.median_ms / MS_PER_HOUR

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "k": self.rule.k,
            "policy": self.rule.policy,
            "items": self.n_items,
            "items_with_too_few_candidates": self.n_lonely,
            "comparisons_there": self.n_there,
            "comparisons_new": len(self.chosen),
            "judgments_wanted": self.judgments_wanted,
            "expected_hours": self.expected_hours,
            "left_out": {
                "same_file": self.left_out.same_file,
                "same_pixels": self.left_out.same_pixels,
                "look_alike_pairs": self.n_apart,
                "items_without_views": self.unready.items,
                "candidates_without_views": self.unready.candidates,
            },
            "pairs": [
                {"generators": [self.names[one], self.names[other]], "comparisons": n}
                for (one, other), n in sorted(self.pairs.items())
            ],
            "connected": len(self.groups) <= 1,
            "components": self.groups,
        }


def make_rule(
    campaign: Campaign,
    *,
    k: int,
    strategy: str,
    per_item: int | None = None,
    anchor: str = "",
) -> Rule:
    """Return the rule for a build. Raises InvalidSetting naming the field.

    anchor: a generator's name, with its version where there are several.
    """
    if not MIN_K <= k <= MAX_K:
        raise InvalidSetting("k", f"K is {MIN_K} to {MAX_K}, not {k}.")
    if strategy not in STRATEGIES:
        raise InvalidSetting("strategy", f"The strategy is one of {', '.join(STRATEGIES)}.")
    if per_item is not None and per_item < 1:
        raise InvalidSetting("per_item", "At least 1 comparison per item.")
    if strategy == "all" and per_item is not None:
        raise InvalidSetting("per_item", "Strategy all takes every comparison of an item.")
    if strategy in {"random", "balanced"} and per_item is None:
        raise InvalidSetting("per_item", f"Strategy {strategy} needs a number per item.")
    if (strategy == "anchor") != bool(anchor):
        need = "needs an anchor" if strategy == "anchor" else "has no anchor"
        raise InvalidSetting("anchor", f"Strategy {strategy} {need} generator.")
    anchor_id = _anchor(campaign, anchor) if anchor else None
    return Rule(k, strategy, campaign.seed, per_item, anchor_id)


def plan_comparisons(campaign: Campaign, rule: Rule) -> Plan:
    """Return what a build under the rule would add now. Reads only.

    Where the campaign leaves look-alikes out, items that were not searched for them yet wait, like
    those without views. Raises DomainError when it would be too many comparisons.
    """
    apart, waiting = pairs_left_out(campaign), _not_searched(campaign)
    unready, left_out = Unready(), LeftOut()
    there, groups_there = _comparisons_there(campaign)
    pools = []
    for pool in pools_of(campaign, unready):
        if pool.item in waiting:
            unready.items += 1
            continue
        compared = {pk for ids in there.get(pool.item, ()) for pk in ids}
        kept = without_duplicates(
            pool, seed=rule.seed, left_out=left_out, anchor=rule.anchor, compared=compared
        )
        pools.append(_slim(kept, apart.get(pool.item, ())))
    _refuse_too_many(pools, rule)
    chosen = choose(pools, rule, present=there)
    pairs = pair_counts([*groups_there, *(one.generators for one in chosen)])
    names = generator_names(campaign)
    used = [generator.pk for generator in generators_in_use(campaign)]
    linked = components([*used, *(g for pair in pairs for g in pair)], pairs)
    return Plan(
        rule=rule,
        chosen=chosen,
        n_items=len(pools),
        n_lonely=sum(not count_possible(pool, rule) for pool in pools),
        n_there=len(groups_there),
        left_out=left_out,
        n_apart=sum(len(pool.apart) for pool in pools),
        unready=unready,
        names=names,
        pairs=pairs,
        group_ids=linked,
        overlap=campaign.overlap,
        median_ms=median_worked_ms(campaign),
    )


def _not_searched(campaign: Campaign) -> set[int]:
    if not campaign.leave_out_look_alikes:
        return set()
    return set(items_to_search().filter(campaign=campaign).values_list("pk", flat=True))


def _slim(pool: Pool, alike: Collection[tuple[str, str]]) -> Pool:
    """Keep entries of look-alike pictures apart; drop the grids, which would fill the memory.

    alike: hashes of the pixels of two pictures.
    """
    entries = tuple(replace(entry, grid=None) for entry in pool.entries)
    pairs = {frozenset(pair) for pair in alike}
    apart = frozenset(
        (min(one.id, other.id), max(one.id, other.id))
        for one, other in (combinations(entries, 2) if pairs else ())
        if frozenset((one.pixels, other.pixels)) in pairs
    )
    return Pool(pool.item, entries, apart)


def _refuse_too_many(pools: list[Pool], rule: Rule) -> None:
    total = 0
    for pool in pools:
        n_possible = count_possible(pool, rule)
        total += n_possible if rule.per_item is None else min(rule.per_item, n_possible)
    if total > MAX_COMPARISONS:
        raise DomainError(
            f"That would be {total:,} comparisons, more than {MAX_COMPARISONS:,}: choose fewer per "
            "item."
        )


def _comparisons_there(
    campaign: Campaign,
) -> tuple[dict[int, list[tuple[int, ...]]], list[list[int]]]:
    """Return the candidates of comparisons by item, and the generators of those in use.

    Withdrawn comparisons are included: a build never creates them again.
    """
    generator_of = dict(
        Candidate.objects.filter(item__campaign=campaign).values_list("pk", "generator_id")
    )
    by_item: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    in_use = []
    rows = Comparison.objects.filter(campaign=campaign).values_list(
        "item_id", "candidate_ids", "withdrawn_at"
    )
    for item, ids, withdrawn_at in rows.iterator(chunk_size=10_000):
        by_item[item].append(tuple(ids))
        if withdrawn_at is None:
            in_use.append([generator_of[pk] for pk in ids])
    return by_item, in_use


def _anchor(campaign: Campaign, name: str) -> int:
    found = [g for g in generators_in_use(campaign) if name in {str(g), g.name}]
    exact = [g for g in found if str(g) == name]
    if len(exact) == 1:
        return exact[0].pk
    if len(found) == 1:
        return found[0].pk
    if found:
        versions = ", ".join(f"“{generator}”" for generator in found)
        raise InvalidSetting("anchor", f"Which version of {name}: {versions}?")
    raise InvalidSetting("anchor", f"There is no generator “{name}” with candidates in use.")
