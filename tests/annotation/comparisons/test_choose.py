import itertools
import random
from collections import Counter

import pytest

from annotation.comparisons.planning.choose import Rule, choose, count_possible, possible
from annotation.comparisons.planning.graph import pair_counts
from annotation.items.pools import Entry, Pool, canonical


def make_pool(item, generators):
    return Pool(
        item,
        canonical(
            [
                Entry(item * 1000 + i, generator, f"{random.Random(item * 97 + i).random():.16f}")
                for i, generator in enumerate(generators)
            ]
        ),
    )


def full_pools(n_items, n_generators):
    return [make_pool(item, range(n_generators)) for item in range(1, n_items + 1)]


def built(chosen):
    present = {}
    for one in chosen:
        present.setdefault(one.item, []).append(one.candidates)
    return present


RULES = [
    Rule(2, "all", 7),
    Rule(3, "all", 7),
    Rule(4, "all", 7),
    Rule(2, "random", 7, 3),
    Rule(3, "random", 7, 50),
    Rule(2, "balanced", 7, 2),
    Rule(3, "balanced", 7, 2),
    Rule(2, "anchor", 7, None, 1),
    Rule(3, "anchor", 7, 2, 1),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.policy)
def test_every_choice_is_k_different_candidates_of_its_item_in_canonical_order(rule):
    pools = {pool.item: pool for pool in [*full_pools(6, 5), make_pool(99, [1, 1, 2])]}
    chosen = choose(list(pools.values()), rule, present={})
    assert chosen
    for one in chosen:
        order = [entry.id for entry in pools[one.item].entries]
        places = [order.index(i) for i in one.candidates]
        assert len(places) == rule.k
        assert places == sorted(set(places))
        assert 0 < one.propensity <= 1
    assert len({(one.item, one.candidates) for one in chosen}) == len(chosen)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.policy)
def test_choosing_again_after_building_gives_nothing(rule):
    pools = [*full_pools(12, 5), make_pool(99, [1, 1, 2])]
    chosen = choose(pools, rule, present={})
    assert choose(pools, rule, present=built(chosen)) == []
    assert choose(pools, rule, present={}) == chosen


def test_all_is_every_combination():
    chosen = choose(full_pools(3, 5), Rule(3, "all", 7), present={})
    assert len(chosen) == 3 * 10
    assert {one.propensity for one in chosen} == {1.0}


@pytest.mark.parametrize("strategy", ["all", "random", "balanced", "anchor"])
@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("generators", [[1], [1, 1, 2], [1, 2, 2, 3, 3, 3], [2, 2, 3, 4], [1] * 5])
def test_counting_the_possible_agrees_with_listing_them(strategy, k, generators):
    rule = Rule(k, strategy, 7, anchor=1 if strategy == "anchor" else None)
    pool = make_pool(1, generators)
    assert count_possible(pool, rule) == len(list(possible(pool, rule)))


def test_a_larger_random_draw_extends_the_smaller_one():
    pools = full_pools(20, 6)
    small = choose(pools, Rule(2, "random", 7, 2), present={})
    large = choose(pools, Rule(2, "random", 7, 5), present={})
    assert {one.candidates for one in small} < {one.candidates for one in large}
    assert {one.propensity for one in small} == {2 / 15}


def test_a_random_draw_takes_each_comparison_equally_often():
    pools = full_pools(3000, 4)
    order = {pool.item: [entry.id for entry in pool.entries] for pool in pools}
    chosen = choose(pools, Rule(2, "random", 11, 1), present={})
    places = Counter(tuple(order[c.item].index(i) for i in c.candidates) for c in chosen)
    assert len(places) == 6
    # Chi-square with 5 degrees of freedom: above 20.5 in one of 1,000 fair draws.
    assert sum((n - 500) ** 2 / 500 for n in places.values()) < 20.5


def test_another_seed_draws_otherwise():
    pools = full_pools(20, 6)
    one = choose(pools, Rule(2, "random", 1, 2), present={})
    other = choose(pools, Rule(2, "random", 2, 2), present={})
    assert {c.candidates for c in one} != {c.candidates for c in other}


def test_a_large_pool_is_drawn_without_listing_it():
    pool = make_pool(1, range(60))
    chosen = choose([pool], Rule(4, "random", 7, 25), present={})
    assert len({one.candidates for one in chosen}) == 25
    assert chosen[0].propensity == pytest.approx(25 / 487_635)
    assert choose([pool], Rule(4, "random", 7, 25), present=built(chosen)) == []


@pytest.mark.parametrize(
    ("n_items", "n_generators", "k", "per_item", "spread"),
    [(60, 4, 2, 2, 0), (60, 4, 2, 1, 0), (101, 6, 2, 2, 1), (100, 6, 3, 2, 0), (100, 7, 4, 1, 2)],
)
def test_balanced_lets_every_pair_of_generators_meet_about_equally_often(
    n_items, n_generators, k, per_item, spread
):
    chosen = choose(full_pools(n_items, n_generators), Rule(k, "balanced", 3, per_item), present={})
    assert len(chosen) == n_items * per_item
    met = pair_counts(one.generators for one in chosen)
    assert len(met) == n_generators * (n_generators - 1) // 2
    assert max(met.values()) - min(met.values()) <= spread


def test_balanced_stays_even_when_generators_are_missing_on_items():
    draw = random.Random(5)
    pools = []
    for item in range(300):
        there = [g for g in range(6) if draw.random() < (0.3 if g == 0 else 0.9)]
        pools.append(make_pool(item + 1, there))
    chosen = choose(pools, Rule(2, "balanced", 3, 2), present={})
    met = pair_counts(one.generators for one in chosen)
    assert len(met) == 15
    assert max(met.values()) <= 1.1 * min(met.values())


def test_balanced_goes_on_from_what_is_there():
    first = full_pools(30, 4)
    rule = Rule(2, "balanced", 3, 1)
    before = choose(first, rule, present={})
    more = [*first, *(make_pool(100 + i, range(4)) for i in range(33))]
    after = choose(more, rule, present=built(before))
    assert {one.item for one in after} == set(range(100, 133))
    met = pair_counts([*(c.generators for c in before), *(c.generators for c in after)])
    assert max(met.values()) - min(met.values()) <= 1


def test_balanced_never_compares_a_generator_with_itself():
    pools = [make_pool(item, [1, 1, 1, 2]) for item in range(1, 20)]
    chosen = choose(pools, Rule(2, "balanced", 3, 2), present={})
    assert len(chosen) == 38
    assert {one.generators for one in chosen} <= {(1, 2), (2, 1)}
    assert {one.propensity for one in chosen} == {2 / 3}


def test_anchor_compares_everything_with_the_anchor_only():
    pools = [*full_pools(4, 4), make_pool(9, [2, 3])]
    chosen = choose(pools, Rule(2, "anchor", 3, None, 1), present={})
    assert len(chosen) == 4 * 3
    assert all(1 in one.generators for one in chosen)
    met = pair_counts(one.generators for one in chosen)
    assert {pair for pair in itertools.combinations(range(4), 2) if 1 in pair} == set(met)


@pytest.mark.parametrize("rule", RULES)
def test_candidates_that_are_kept_apart_never_meet_and_the_others_do(rule):
    pools = full_pools(4, 5)
    ids = sorted(entry.id for entry in pools[0].entries)
    apart = {(ids[0], ids[1]), (ids[2], ids[4])}
    pools[0] = Pool(pools[0].item, pools[0].entries, frozenset(apart))
    chosen = choose(pools, rule, present={})
    met = {pair for one in chosen for pair in itertools.combinations(sorted(one.candidates), 2)}
    assert met
    assert not met & apart
    assert count_possible(pools[0], rule) == len(list(possible(pools[0], rule)))
    assert all(0 < one.propensity <= 1 for one in chosen)
