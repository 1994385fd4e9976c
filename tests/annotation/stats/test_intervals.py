import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from annotation.stats.intervals import clustered_share, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0, 0.2775), (95, 100, 0.8882, 0.9785)],
)
def test_wilson_gives_the_published_interval(k, n, low, high):
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_another_implementation(trial):
    other = binomtest(*trial).proportion_ci(method="wilson")
    assert wilson(*trial) == pytest.approx((other.low, other.high), abs=1e-12)


@given(st.floats(0, 1e6), st.floats(1e-6, 1e6))
def test_wilson_holds_the_share_inside_zero_and_one(k, rest):
    low, high = wilson(k, k + rest)
    assert 0 <= low <= k / (k + rest) <= high <= 1


def test_wilson_of_failures_mirrors_that_of_successes():
    low, high = wilson(3, 17)
    assert wilson(14, 17) == pytest.approx((1 - high, 1 - low))


def test_wilson_touches_the_ends_exactly_and_knows_nothing_without_trials():
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("k", "n"), [(-1, 5), (6, 5), (1, 0), (np.nan, 5), (1, np.nan), (1, np.inf)]
)
def test_wilson_refuses_what_is_no_share(k, n):
    with pytest.raises(ValueError, match="0 <= k <= n"):
        wilson(k, n)


def test_a_share_is_the_ratio_of_sums_not_the_mean_of_ratios():
    found = clustered_share([1, 3], [1, 4], n_replicates=10)
    assert found.estimate == pytest.approx(4 / 5)
    assert (found.n_units, found.n_clusters) == (2, 2)


def test_independent_trials_have_about_the_binomial_interval():
    right = np.repeat([1, 0], [700, 300])
    found = clustered_share(right, n_replicates=8000)
    half = 1.96 * np.sqrt(0.7 * 0.3 / 1000)
    assert (found.low, found.high) == pytest.approx((0.7 - half, 0.7 + half), abs=0.003)
    assert (found.n_units, found.n_clusters, found.n_degenerate) == (1000, 1000, 0)


def test_answers_that_agree_within_a_source_widen_the_interval():
    by_source = np.random.default_rng(0).random(200) < 0.7
    right, sources = np.repeat(by_source, 9), np.repeat(np.arange(200), 9)
    apart, together = clustered_share(right), clustered_share(right, clusters=sources)
    assert together.estimate == apart.estimate
    ratio = (together.high - together.low) / (apart.high - apart.low)
    assert ratio == pytest.approx(3, rel=0.1)


def test_the_clustered_interval_covers_the_true_share():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        skill = rng.beta(7, 3, 120)
        size = rng.integers(1, 8, 120)
        found = clustered_share(rng.binomial(size, skill), size, n_replicates=500)
        hits += found.low <= 0.7 <= found.high
    assert 0.90 <= hits / 200 <= 0.99


def test_clusters_of_different_sizes_are_drawn_whole():
    # Two clusters: (1 of 1) and (0 of 3). Replicates: both first 1, one each 1/4, both second 0.
    found = clustered_share([1, 0, 0, 0], clusters=["a", "b", "b", "b"], n_replicates=2000)
    assert (found.estimate, found.low, found.high) == (0.25, 0, 1)


def test_a_share_of_nothing_is_undefined():
    for numerator, denominator in [([], None), ([0, 0], [0, 0])]:
        found = clustered_share(numerator, denominator, n_replicates=30)
        assert found == (None, None, None, 0, 0, 30)


def test_units_without_a_denominator_do_not_count():
    found = clustered_share([1, 0, 0], [1, 0, 1], n_replicates=50)
    assert found[:1] + found[3:5] == (0.5, 2, 2)
    assert found == clustered_share([1, 0], [1, 1], n_replicates=50)


def test_one_cluster_has_a_share_but_no_interval():
    found = clustered_share([1, 0, 1], clusters=[4, 4, 4])
    assert found[:3] == (pytest.approx(2 / 3), None, None)


@pytest.mark.parametrize("n_clusters", [2, 8, 300])
def test_clusters_that_are_all_alike_have_a_share_but_no_interval(n_clusters):
    names = np.repeat(np.arange(n_clusters), 2)
    found = clustered_share(np.tile([1, 0], n_clusters), clusters=names)
    assert found[:3] == (0.5, None, None)
    certain = clustered_share(np.ones(n_clusters))
    assert certain[:3] == (1.0, None, None)


@pytest.mark.parametrize(
    ("numerator", "options", "message"),
    [
        ([[1]], {}, "numerator must have the shape"),
        ([np.nan], {}, "numerator must be finite"),
        ([1], {"denominator": [1, 1]}, "denominator has 2 units, numerator 1"),
        ([1], {"denominator": [-1]}, "must not be negative"),
        ([1], {"denominator": [0]}, "numerator must be 0 where denominator is 0"),
        ([1], {"clusters": [1, 2]}, "one cluster for each of the 1 units"),
    ],
)
def test_bad_shares_are_refused_by_name(numerator, options, message):
    with pytest.raises(ValueError, match=message):
        clustered_share(numerator, **options)
