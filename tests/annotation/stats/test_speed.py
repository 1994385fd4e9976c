import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.annotators import speeds

some_times = st.lists(
    st.tuples(st.sampled_from("abcde"), st.floats(0.5, 500), st.integers(0, 6)), max_size=40
)


def columns(rows):
    return tuple(list(column) for column in zip(*rows, strict=True)) or ([], [], [])


def test_z_counts_robust_deviations_of_log_time():
    """Log medians 1 .. 5: median 3, median deviation 1; so 5 is 2 / 1.4826 off."""
    found = speeds(list("abcde"), np.exp([1, 2, 3, 4, 5]))
    assert [row.z for row in found] == pytest.approx(
        np.array([-2, -1, 0, 1, 2]) / 1.482602, rel=1e-6
    )
    assert [row.log_ratio for row in found] == pytest.approx([1, 2, 3, 4, 5])


def test_one_endless_judgment_moves_nobody():
    rater, seconds = list("aaabbbccc"), [8.0, 9, 10, 18, 20, 22, 28, 30, 32]
    before = speeds(rater, seconds)
    after = speeds(rater, [*seconds[:-1], 1e6])
    assert [row.z for row in after] == [row.z for row in before]
    assert [row.median_seconds for row in before] == [9, 20, 30]


def test_where_most_are_equal_the_mean_deviation_takes_over():
    """Deviations 0 0 0 0 1: their mean is .2, and 1 / (.2 * 1.2533) is 3.989."""
    found = speeds(list("abcde"), np.exp([3, 3, 3, 3, 4]))
    assert [row.z for row in found] == pytest.approx([0, 0, 0, 0, 3.98942], abs=1e-5)


@pytest.mark.parametrize(("rater", "seconds"), [("abcd", [5, 5, 5, 5]), ("ab", [5, 6]), ("a", [5])])
def test_nothing_to_measure_by_leaves_z_undefined(rater, seconds):
    assert {row.z for row in speeds(list(rater), seconds)} == {None}


def test_no_judgments_have_no_raters():
    assert speeds([], []) == []


def test_who_gets_the_hard_ones_does_not_look_slow():
    """Everyone takes the same time on the same unit; cyd was given the hard ones."""
    hard = {1: 10, 2: 10, 3: 10, 4: 90, 5: 90, 6: 90}
    given_units = {"ann": [1, 2, 3, 4], "ben": [1, 2, 3, 5], "cyd": [3, 4, 5, 6], "dee": [1, 4, 6]}
    rater = [name for name, units in given_units.items() for _ in units]
    unit = [one for units in given_units.values() for one in units]
    seconds = [hard[one] for one in unit]
    plain = {row.rater: row for row in speeds(rater, seconds)}
    assert plain["cyd"].z > 0
    adjusted = speeds(rater, seconds, unit=unit)
    assert [row.log_ratio for row in adjusted] == [0, 0, 0, 0]
    assert {row.z for row in adjusted} == {None}


def test_judgments_that_nobody_else_made_are_not_compared():
    found = speeds(["a", "b", "a", "c"], [10, 20, 30, 40], unit=[1, 1, 2, 3])
    assert [(row.n, row.n_compared) for row in found] == [(2, 1), (1, 1), (1, 0)]
    assert [row.log_ratio for row in found] == [
        pytest.approx(-np.log(2)),
        pytest.approx(np.log(2)),
        None,
    ]
    assert found[2].z is None


@given(some_times)
def test_each_time_is_set_against_the_median_of_the_others(rows):
    rater, seconds, unit = columns(rows)
    found = {row.rater: row for row in speeds(rater, seconds, unit=unit)}
    for name, row in found.items():
        ratios = []
        for i, (who, time, which) in enumerate(rows):
            others = [t for j, (_, t, w) in enumerate(rows) if w == which and j != i]
            if who == name and others:
                ratios.append(np.log(time) - np.median(np.log(others)))
        assert row.n_compared == len(ratios)
        if ratios:
            assert row.log_ratio == pytest.approx(np.median(ratios), abs=1e-9)
        else:
            assert row.log_ratio is None


@given(some_times, st.floats(0.1, 10))
def test_a_slower_clock_changes_no_z(rows, factor):
    rater, seconds, _ = columns(rows)
    before, after = speeds(rater, seconds), speeds(rater, [factor * t for t in seconds])
    for one, other in zip(before, after, strict=True):
        if one.z is not None and other.z is not None:
            assert other.z == pytest.approx(one.z, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("rater", "seconds", "message"),
    [
        (["a"], [0], "seconds must be positive and finite"),
        (["a"], [np.nan], "seconds must be positive and finite"),
        (["a"], [np.inf], "seconds must be positive and finite"),
        (["a"], ["1"], "seconds must hold numbers"),
        (["a"], [[1]], "seconds must have the shape"),
        (["a", "b"], [1], "rater and seconds must be equally long"),
    ],
)
def test_bad_times_are_refused_by_name(rater, seconds, message):
    with pytest.raises(ValueError, match=message):
        speeds(rater, seconds)


def test_a_million_times_are_compared():
    rng = np.random.default_rng(0)
    rater, unit = rng.integers(50, size=1_000_000), rng.integers(200_000, size=1_000_000)
    seconds = rng.lognormal(3, 0.5, 1_000_000) * np.where(rater == 9, 0.3, 1)
    found = speeds(rater, seconds, unit=unit)
    assert min(found, key=lambda row: row.z).rater == 9
    assert found[9].log_ratio == pytest.approx(np.log(0.3), abs=0.02)
