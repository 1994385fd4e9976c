"""The interval and the standard error of means over sources, against closed forms and draws."""

import numpy as np
import pytest

from rewardsvc.core import clustered
from rewardsvc.core.clustered import clustered_error, clustered_estimate
from rewardsvc.core.errors import RewardError


def credits_of(rng, n_sources, *, accuracy=0.7, likeness=0.1):
    """Draw 1 to 6 pairs of each source, right with a chance that differs between sources."""
    alike = (1 - likeness) / likeness
    chance = rng.beta(accuracy * alike, (1 - accuracy) * alike, n_sources)
    counts = rng.integers(1, 7, n_sources)
    source = np.repeat(np.arange(n_sources), counts)
    return (rng.random(len(source)) < chance[source]).astype(float), source


def test_with_one_value_a_source_the_error_is_that_of_a_mean():
    values = np.array([0.0, 1.0, 1.0, 0.5, 1.0])
    expected = values.std(ddof=1) / np.sqrt(5)
    assert clustered_error(values, np.array([3, 1, 7, 5, 9])) == pytest.approx(expected)


def test_with_equally_many_values_a_source_the_error_is_that_of_the_sources_means():
    values = np.array([[0.0, 1.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.5], [1.0, 0.0, 1.0]])
    expected = values.mean(1).std(ddof=1) / np.sqrt(4)
    found = clustered_error(values.T.ravel(), np.tile([4, 2, 8, 6], 3))
    assert found == pytest.approx(expected)


def test_sources_that_do_not_differ_and_a_single_one_have_no_error():
    assert clustered_error(np.ones(4), np.array([1, 1, 2, 3])) == 0
    assert clustered_error(np.array([0.0, 1.0]), np.array([5, 5])) == 0
    with pytest.raises(RewardError, match="undefined"):
        clustered_error(np.array([]), np.array([], np.int64))


def test_the_interval_of_many_sources_is_the_normal_one():
    values, source = credits_of(np.random.default_rng(5), 3_000)
    found = clustered_estimate(values, source)
    half = 1.96 * clustered_error(values, source)
    assert found.value - found.low == pytest.approx(half, rel=0.06)
    assert found.high - found.value == pytest.approx(half, rel=0.06)


def test_nineteen_of_twenty_intervals_contain_the_true_mean():
    rng = np.random.default_rng(11)
    drawn = [clustered_estimate(*credits_of(rng, 60)) for _ in range(600)]
    held = np.mean([each.low <= 0.7 <= each.high for each in drawn])
    # Three standard errors of 600 draws around the nominal share are 0.923 to 0.977.
    assert 0.92 < held < 0.98


@pytest.mark.parametrize("n_sources", [2, 3, 5, 10])
def test_random_guessing_is_rarely_significant_even_with_few_sources(n_sources):
    rng = np.random.default_rng(n_sources)
    drawn = [
        clustered_estimate(*credits_of(rng, n_sources, accuracy=0.5), n_replicates=500)
        for _ in range(400)
    ]
    above = np.mean([each.low is not None and each.low > 0.5 for each in drawn])
    # Nominally 0.025; quantiles alone give 0.12, 0.06, 0.07, 0.04.
    assert above < 0.05


def test_an_interval_stays_within_the_bounds_of_shares_and_differences():
    values, source = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0, 0, 1, 1])
    share = clustered_estimate(values, source)
    assert (share.low, share.value, share.high) == (0, 0.75, 1)
    apart = clustered_estimate(values, source, bounds=clustered.DIFFERENCE)
    assert (apart.low, apart.high) == (-1, 1)


def test_the_same_seed_gives_the_same_interval_however_little_memory_there_is(monkeypatch):
    values, source = credits_of(np.random.default_rng(3), 50)
    whole = clustered_estimate(values, source, seed=4)
    assert clustered_estimate(values, source, seed=4) == whole
    assert clustered_estimate(values, source, seed=5).low != whole.low
    monkeypatch.setattr(clustered, "_BLOCK", 700)
    assert clustered_estimate(values, source, seed=4) == whole
