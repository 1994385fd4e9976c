"""Which slot and order a lease takes: pure functions, by properties and by simulation."""

from collections import Counter
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.services.orders import NoFreePlace, Places, choose_place, spread, tilt


def fill(k, overlap, *, seed=0, lean=0):
    """Lease every slot of a comparison once, without any return."""
    decided, held, rng = {}, set(), Random(seed)
    for _ in range(overlap):
        slot, order = choose_place(Places(k, overlap, decided, held), lean=lean, rng=rng)
        decided[slot] = order
        held.add(slot)
    return decided


@st.composite
def histories(draw):
    """Draw leases and returns of one comparison, as (k, overlap, steps)."""
    k = draw(st.integers(2, 4))
    overlap = draw(st.integers(1, 8))
    steps = draw(
        st.lists(
            st.tuples(st.booleans(), st.integers(0, 7), st.integers(-12, 12)),
            max_size=30,
        )
    )
    return k, overlap, steps


@given(histories(), st.integers(0, 2**32))
def test_a_slot_keeps_its_order_and_decided_orders_stay_balanced(history, seed):
    k, overlap, steps = history
    decided, held, rng = {}, set(), Random(seed)
    for give_back, which, lean in steps:
        if give_back and held:
            held.remove(sorted(held)[which % len(held)])
            continue
        if len(held) == overlap:
            with pytest.raises(NoFreePlace):
                choose_place(Places(k, overlap, decided, held), lean=lean, rng=rng)
            continue
        slot, order = choose_place(Places(k, overlap, decided, held), lean=lean, rng=rng)
        assert 1 <= slot <= overlap
        assert slot not in held
        assert sorted(order) == list(range(k))
        assert decided.setdefault(slot, order) == order
        held.add(slot)
        assert spread(decided.values(), k) <= 1


@given(st.integers(1, 12), st.integers(0, 2**32), st.integers(-9, 9))
def test_two_orders_of_a_full_comparison_differ_by_one_at_most(overlap, seed, lean):
    counts = Counter(fill(2, overlap, seed=seed, lean=lean).values())
    assert abs(counts[0, 1] - counts[1, 0]) <= 1


@pytest.mark.parametrize("k", [3, 4])
@given(seed=st.integers(0, 2**32), lean=st.integers(-9, 9))
def test_the_first_k_slots_are_a_latin_square(k, seed, lean):
    orders = list(fill(k, k, seed=seed, lean=lean).values())
    for position in range(k):
        assert sorted(order[position] for order in orders) == list(range(k))


def test_all_six_orders_of_three_candidates_come_before_any_comes_twice():
    assert set(fill(3, 6).values()) == set(permutations(range(3)))


def test_more_than_k_slots_use_more_orders_than_one_latin_square():
    assert len(set(fill(4, 12).values())) == 12


@pytest.mark.parametrize(("lean", "first"), [(3, 0), (-3, 1)])
def test_a_free_choice_brings_the_lean_back_towards_zero(lean, first):
    _, order = choose_place(Places(2, 3, {}, set()), lean=lean, rng=Random(0))
    assert order[0] == first
    assert abs(lean + tilt(order)) < abs(lean)


def test_the_second_lease_shows_the_other_order_whatever_the_lean():
    for lean in (-20, 0, 20):
        _, order = choose_place(Places(2, 2, {1: (0, 1)}, {1}), lean=lean, rng=Random(0))
        assert order == (1, 0)


def test_positions_are_balanced_over_what_is_held_now_too():
    # Both orders are decided evenly, but only 0-1 is held: the next lease shows 1-0.
    places = Places(2, 4, {1: (0, 1), 2: (1, 0)}, {1})
    for seed in range(20):
        assert choose_place(places, lean=-9, rng=Random(seed))[1] == (1, 0)


def test_a_slot_nobody_had_goes_before_one_that_waits_for_a_late_answer():
    places = Places(2, 3, {1: (0, 1), 2: (1, 0)}, set())
    assert {choose_place(places, lean=0, rng=Random(seed))[0] for seed in range(20)} == {3}


def test_a_freed_slot_is_served_in_its_own_order():
    places = Places(2, 2, {1: (0, 1), 2: (1, 0)}, {1})
    assert choose_place(places, lean=5, rng=Random(1)) == (2, (1, 0))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_tilt_is_zero_on_average(k):
    assert sum(tilt(order) for order in permutations(range(k))) == 0


def test_spread_counts_positions():
    assert spread([], 3) == 0
    assert spread([(0, 1, 2)], 3) == 1
    assert spread([(0, 1, 2), (1, 2, 0), (2, 0, 1)], 3) == 0
    assert spread([(0, 1), (0, 1), (0, 1), (1, 0)], 2) == 2


def test_ties_between_orders_are_broken_by_chance():
    places = Places(2, 1, {}, set())
    seen = Counter(choose_place(places, lean=0, rng=Random(seed))[1] for seed in range(400))
    # Binomial(400, 1/2): 150 to 250 is five standard deviations.
    assert 150 <= seen[0, 1] <= 250


@pytest.mark.parametrize(("k", "overlap"), [(2, 1), (2, 3), (3, 3), (4, 2)])
def test_nobody_leans_by_more_than_twenty_over_1500_serves(k, overlap):
    rng = Random(7)
    leans, peaks = [0] * 4, [0] * 4
    for _ in range(1500 * 4 // overlap):
        decided, held = {}, set()
        for person in rng.sample(range(4), overlap):
            places = Places(k, overlap, decided, held)
            slot, order = choose_place(places, lean=leans[person], rng=rng)
            decided[slot] = order
            held.add(slot)
            leans[person] += tilt(order)
            peaks[person] = max(peaks[person], abs(leans[person]))
    assert max(peaks) <= 20
