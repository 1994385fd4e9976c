"""Intervals of benchmark metrics, drawn by item."""

import numpy as np
import pytest

from rewardsvc.benchmarks.intervals import bootstrap, paired_difference
from rewardsvc.benchmarks.metrics import accuracy_without_ties, tie_calibrated_accuracy
from rewardsvc.core.clustered import clustered_estimate


def accuracy_of(gap, human):
    return lambda rows: accuracy_without_ties(gap[rows], human[rows])


@pytest.fixture(scope="module")
def pairs():
    """Return gap, human label and item of 300 pairs, five to an item; items differ in ease."""
    rng = np.random.default_rng(5)
    item = np.repeat(np.arange(60), 5)
    human = rng.choice([1, -1], size=300)
    ease = rng.normal(0.5, 1.0, size=60)[item]
    return human * ease + rng.normal(size=300), human, item


def test_the_interval_of_an_accuracy_is_that_of_resampled_item_means(pairs):
    gap, human, item = pairs
    found = bootstrap(accuracy_of(gap, human), item)
    expected = clustered_estimate((np.sign(gap) == human).astype(float), item, seed=1)
    assert found.value == expected.value
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.01)
    assert (found.n, found.n_items, found.n_undefined) == (300, 60, 0)


def test_rows_of_one_item_do_not_count_as_independent(pairs):
    gap, human, item = pairs
    alone = bootstrap(accuracy_of(gap, human), np.arange(300))
    together = bootstrap(accuracy_of(gap, human), item)
    assert together.high - together.low > 1.2 * (alone.high - alone.low)


def test_the_threshold_is_fitted_anew_in_every_replicate(pairs):
    gap, human, item = pairs
    human = np.where(np.random.default_rng(0).random(300) > np.abs(gap), 0, human)
    fitted = []

    def calibrated(rows):
        found = tie_calibrated_accuracy(gap[rows], human[rows])
        fitted.append(found.threshold)
        return found.accuracy

    bootstrap(calibrated, item, n_replicates=50)
    assert len(set(fitted)) > 10


def test_a_paired_difference_is_narrower_than_two_intervals_suggest(pairs):
    gap, human, item = pairs
    worse = gap - 0.3 * human
    first, second = accuracy_of(gap, human), accuracy_of(worse, human)
    found = paired_difference(first, second, item)
    assert found.value == pytest.approx(first(np.arange(300)) - second(np.arange(300)))
    assert 0 < found.low < found.value < found.high
    alone = bootstrap(first, item)
    assert found.high - found.low < alone.high - alone.low


def test_a_scorer_against_itself_differs_by_nothing_and_has_no_interval(pairs):
    gap, human, item = pairs
    found = paired_difference(accuracy_of(gap, human), accuracy_of(gap, human), item)
    assert (found.value, found.low, found.high) == (0, None, None)


def test_undefined_replicates_are_left_out_and_counted():
    gap, human = np.array([1.0, -1.0, 1.0]), np.array([1, 1, 0])
    found = bootstrap(accuracy_of(gap, human), ["x", "y", "z"], n_replicates=400)
    assert 0 < found.n_undefined < 60
    assert found.value == 0.5


def test_without_rows_a_value_or_a_second_item_there_is_no_interval():
    nothing = np.array([])
    assert bootstrap(accuracy_of(nothing, nothing), []).value is None
    tie = bootstrap(accuracy_of(np.ones(2), np.zeros(2)), ["x", "y"])
    assert (tie.value, tie.low) == (None, None)
    one = bootstrap(accuracy_of(np.ones(2), np.array([1, -1])), ["x", "x"])
    assert (one.value, one.low, one.high, one.n_items) == (0.5, None, None, 1)
