"""The order in which each place of a comparison shows its candidates."""

from itertools import permutations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.annotation.queue.orders import spread, tilt

pytestmark = pytest.mark.django_db


def orders_of(k, n_places, *, seed=7, comparison=1):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT annotation_slot_order(%s, %s, s, %s) FROM generate_series(1, %s) AS s",
            [seed, comparison, k, n_places],
        )
        return [tuple(order) for (order,) in cursor.fetchall()]


@settings(max_examples=60)
@given(st.integers(2, 4), st.integers(1, 30), st.integers(0, 2**62), st.integers(1, 2**40))
def test_the_positions_of_the_first_places_differ_by_one_at_most(k, n_places, seed, comparison):
    orders = orders_of(k, n_places, seed=seed, comparison=comparison)
    assert all(sorted(order) == list(range(k)) for order in orders)
    assert spread(orders, k) <= 1


@pytest.mark.parametrize("k", [2, 3, 4])
def test_any_places_of_one_block_are_balanced_whichever_are_taken(k):
    block = orders_of(k, k)
    for position in range(k):
        assert sorted(order[position] for order in block) == list(range(k))


@pytest.mark.parametrize(("k", "n_orders"), [(2, 2), (3, 6), (4, 24)])
def test_all_orders_come_before_any_comes_twice(k, n_orders):
    for comparison in range(1, 20):
        orders = orders_of(k, 2 * n_orders, comparison=comparison)
        assert set(orders[:n_orders]) == set(permutations(range(k)))
        assert set(orders[n_orders:]) == set(permutations(range(k)))


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_first_place_shows_every_order_equally_often_over_many_comparisons(k):
    n_orders = len(list(permutations(range(k))))
    first = [orders_of(k, 1, comparison=comparison)[0] for comparison in range(1, 601)]
    for order in permutations(range(k)):
        # Binomial(600, 1 / k!): five standard deviations either way.
        expected = 600 / n_orders
        assert abs(first.count(order) - expected) <= 5 * expected**0.5


def test_one_seed_gives_one_order_and_another_seed_others():
    assert orders_of(4, 24, seed=1) == orders_of(4, 24, seed=1)
    assert orders_of(4, 24, seed=1) != orders_of(4, 24, seed=2)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_tilt_is_zero_on_average_and_the_same_in_the_database(k):
    orders = list(permutations(range(k)))
    assert sum(tilt(order) for order in orders) == 0
    with connection.cursor() as cursor:
        for order in orders:
            cursor.execute("SELECT annotation_order_offset(%s::smallint[])", [list(order)])
            assert cursor.fetchone() == (tilt(order),)
