import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.annotators import repeat_consistency
from annotation.stats.intervals import wilson

some_repeats = st.lists(
    st.tuples(st.sampled_from("ABT"), st.sampled_from("ABT"), st.booleans()), max_size=40
)


def columns(repeats):
    return tuple(list(column) for column in zip(*repeats, strict=True)) or ([], [], [])


def from_table(table):
    """Return first and second answers of a cross table."""
    first, second = np.indices(np.shape(table)).reshape(2, -1)
    return np.repeat(first, np.ravel(table)), np.repeat(second, np.ravel(table))


@pytest.mark.parametrize(
    ("table", "kappa"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_kappa_of_known_tables(table, kappa):
    first, second = from_table(table)
    found = repeat_consistency(first, second, np.zeros(len(first))).all
    assert found.kappa == pytest.approx(kappa, abs=5e-5)
    assert found.n_same == np.trace(table)
    assert (found.low, found.high) == wilson(np.trace(table), np.sum(table))


def test_a_position_habit_shows_on_swapped_sides_alone():
    """Who always takes the left answers the same on the same side, and otherwise if swapped."""
    found = repeat_consistency(
        ["A", "B", "A", "B", "A", "B"], ["A", "B", "A", "A", "B", "A"], [0, 0, 0, 1, 1, 1]
    )
    assert (found.same_side.share, found.same_side.kappa, found.same_side.n) == (1, 1, 3)
    assert (found.swapped.share, found.swapped.n) == (0, 3)
    assert found.swapped.kappa < 0
    assert (found.all.share, found.all.n) == (0.5, 6)


def test_the_same_answer_every_time_leaves_kappa_undefined_and_says_why():
    found = repeat_consistency(["T"] * 4, ["T"] * 4, [0, 0, 1, 1]).all
    assert (found.share, found.kappa) == (1, None)
    assert (found.low, found.high) == wilson(4, 4)
    assert found.why_undefined == "All answers are the same value; kappa needs two."


def test_no_repeats_leave_everything_undefined():
    for found in (repeat_consistency([], [], []).all, repeat_consistency([1], [1], [0]).swapped):
        assert found == (0, 0, None, None, None, None, "There are no repeats.")


@given(some_repeats)
def test_the_two_kinds_of_repeats_make_up_all(repeats):
    found = repeat_consistency(*columns(repeats))
    assert found.same_side.n + found.swapped.n == found.all.n == len(repeats)
    assert found.same_side.n_same + found.swapped.n_same == found.all.n_same


@given(some_repeats)
def test_first_and_second_may_change_places_and_values_their_names(repeats):
    first, second, swapped = columns(repeats)
    names = {"A": 7, "B": -1, "T": 3}
    before = repeat_consistency(first, second, swapped)
    after = repeat_consistency([names[x] for x in second], [names[x] for x in first], swapped)
    assert after.all[:5] == before.all[:5]
    kappas = (after.all.kappa, before.all.kappa)
    assert kappas == (None, None) or kappas[0] == pytest.approx(kappas[1])


def test_repeats_at_random_have_kappa_about_zero_at_a_million():
    rng = np.random.default_rng(0)
    first, second = rng.choice(3, (2, 1_000_000), p=[0.6, 0.3, 0.1])
    found = repeat_consistency(first, second, rng.integers(0, 2, 1_000_000))
    assert found.all.kappa == pytest.approx(0, abs=0.005)
    assert found.all.share == pytest.approx(0.46, abs=0.005)


@pytest.mark.parametrize(
    ("first", "second", "swapped", "message"),
    [
        ([1, 2], [1], [0, 0], "first, second and swapped must be equally long, not 2, 1 and 2"),
        ([1.0], [np.nan], [0], "second must not be NaN"),
        ([1], [1], [2], "swapped must be yes or no"),
        ([[1]], [1], [0], "first must have the shape"),
    ],
)
def test_bad_repeats_are_refused_by_name(first, second, swapped, message):
    with pytest.raises(ValueError, match=message):
        repeat_consistency(first, second, swapped)
