"""Bootstrap intervals against published ones and brute force."""

import numpy as np
import pytest
from scipy import stats

from annotation.stats import bootstrap
from annotation.stats.agreement import (
    bootstrap_alpha,
    bootstrap_raw_agreement,
    krippendorff_alpha,
    raw_agreement,
)
from annotation.stats.bootstrap import resample
from tests.annotation.stats.tables import KRIPPENDORFF_C, LEVELS, alpha_by_matrix

NAN = np.nan
any_level = pytest.mark.parametrize("level", LEVELS)


def simulated(n_units, *, n_raters=3, missing=0.1, noise=0.7, seed=0):
    """Return votes 1 to 4 on one latent quality per unit."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(2.5, 1, n_units)
    ratings = np.clip(np.round(quality + rng.normal(0, noise, (n_raters, n_units))), 1, 4)
    ratings[rng.random(ratings.shape) < missing] = NAN
    return ratings


def brute_force(ratings, level, *, groups, n_replicates, seed=1):
    """Return the 2.5 and 97.5 % quantiles of alpha over resampled groups of columns."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(n_replicates):
        drawn = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        values.append(alpha_by_matrix(ratings[:, drawn], level))
    return np.quantile(values, [0.025, 0.975])


@pytest.mark.parametrize(
    ("level", "low"), [("nominal", 0.41), ("ordinal", 0.45), ("interval", 0.43)]
)
def test_the_percentile_interval_of_krippendorffs_table_is_the_reference_one(level, low):
    found = bootstrap_alpha(KRIPPENDORFF_C, level, n_replicates=20_000, method="percentile")
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(1, abs=0.03)
    assert found.n_units == 11  # of 12; one has a single vote


@any_level
def test_the_interval_by_unit_is_that_of_brute_force(level):
    ratings = simulated(150)
    pairable = (~np.isnan(ratings)).sum(axis=0) > 1
    groups = np.flatnonzero(pairable)[:, None]
    expected = brute_force(ratings, level, groups=groups, n_replicates=1500)
    found = bootstrap_alpha(ratings, level, n_replicates=4000)
    np.testing.assert_allclose([found.low, found.high], expected, atol=0.015)
    assert found.n_units == pairable.sum()
    assert found.n_degenerate == 0


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_the_interval_by_cluster_is_that_of_brute_force(level):
    ratings = simulated(400, missing=0)
    clusters = np.random.default_rng(2).integers(0, 120, 400)
    groups = [np.flatnonzero(clusters == name) for name in np.unique(clusters)]
    expected = brute_force(ratings, level, groups=groups, n_replicates=1500)
    found = bootstrap_alpha(ratings, level, clusters=clusters, n_replicates=4000)
    np.testing.assert_allclose([found.low, found.high], expected, atol=0.015)


@any_level
def test_the_estimate_is_alpha_itself(level):
    ratings = simulated(60)
    alpha = krippendorff_alpha(ratings, level)
    clusters = np.arange(60) // 3
    assert bootstrap_alpha(ratings, level, n_replicates=20).estimate == pytest.approx(alpha)
    by_source = bootstrap_alpha(ratings, level, clusters=clusters, n_replicates=20)
    assert by_source.estimate == pytest.approx(alpha)
    assert bootstrap_raw_agreement(ratings, n_replicates=20).estimate == pytest.approx(
        raw_agreement(ratings)
    )


@any_level
@pytest.mark.parametrize("n_units", [60, 400])
def test_clusters_of_one_unit_give_the_interval_by_unit(level, n_units):
    ratings = simulated(n_units)
    by_unit = bootstrap_alpha(ratings, level, n_replicates=6000)
    alone = bootstrap_alpha(ratings, level, clusters=np.arange(n_units), n_replicates=6000)
    assert alone.n_units == by_unit.n_units
    width = by_unit.high - by_unit.low
    np.testing.assert_allclose(alone[1:3], by_unit[1:3], atol=0.06 * width)


def test_copies_of_a_unit_in_one_cluster_add_no_certainty():
    ratings = simulated(300, missing=0)
    copied, clusters = np.tile(ratings, 4), np.tile(np.arange(300), 4)
    width = np.ptp(bootstrap_alpha(ratings, "ordinal")[1:3])
    by_cluster = np.ptp(bootstrap_alpha(copied, "ordinal", clusters=clusters)[1:3])
    by_unit = np.ptp(bootstrap_alpha(copied, "ordinal")[1:3])
    assert by_cluster == pytest.approx(width, rel=0.08)
    assert by_unit == pytest.approx(width / 2, rel=0.08)


def test_the_interval_covers_the_alpha_of_the_population():
    population = simulated(20_000, missing=0, seed=9)
    truth = krippendorff_alpha(population, "ordinal")
    rng = np.random.default_rng(10)
    hits = 0
    for _ in range(200):
        sample = population[:, rng.choice(20_000, 150, replace=False)]
        found = bootstrap_alpha(sample, "ordinal", n_replicates=500)
        hits += found.low <= truth <= found.high
    assert 0.90 <= hits / 200 <= 0.99


@any_level
def test_the_order_of_units_and_raters_does_not_move_the_interval(level):
    ratings = simulated(130)
    rng = np.random.default_rng(4)
    shuffled = rng.permuted(ratings, axis=0)[:, rng.permutation(130)]
    assert bootstrap_alpha(shuffled, level) == bootstrap_alpha(ratings, level)


def test_names_and_order_of_clusters_mean_nothing():
    ratings = simulated(200)
    numbers = np.arange(200) // 4
    names = np.array([f"source {number:03}" for number in numbers])
    by_number = bootstrap_alpha(ratings, "nominal", clusters=numbers)
    assert bootstrap_alpha(ratings, "nominal", clusters=names) == by_number
    assert bootstrap_alpha(ratings, "nominal", clusters=list(names)) == by_number


def test_units_with_one_vote_do_not_move_the_interval():
    ratings = simulated(120, missing=0)
    alone = np.full((3, 50), NAN)
    alone[1] = 4
    more, clusters = np.hstack([ratings, alone]), np.arange(170)
    assert bootstrap_alpha(more, "ordinal") == bootstrap_alpha(ratings, "ordinal")
    by_cluster = bootstrap_alpha(ratings, "ordinal", clusters=clusters[:120])
    assert bootstrap_alpha(more, "ordinal", clusters=clusters) == by_cluster


def test_a_seed_gives_the_same_interval_and_another_seed_another():
    ratings = simulated(200)
    first = bootstrap_alpha(ratings, "ordinal", seed=7)
    assert bootstrap_alpha(ratings, "ordinal", seed=7) == first
    assert bootstrap_alpha(ratings, "ordinal", seed=8) != first


def test_the_size_of_a_block_does_not_change_the_draws(monkeypatch):
    ratings, clusters = simulated(200), np.arange(200) // 2
    before = bootstrap_alpha(ratings, "ordinal", clusters=clusters, n_replicates=300)
    monkeypatch.setattr(bootstrap, "BLOCK_NUMBERS", 1000)
    after = bootstrap_alpha(ratings, "ordinal", clusters=clusters, n_replicates=300)
    np.testing.assert_allclose(after, before, atol=1e-12)


@any_level
def test_sparse_rows_give_the_interval_of_dense_ones(level, monkeypatch):
    rng = np.random.default_rng(11)
    ratings = rng.gamma(2, size=80) + rng.gamma(0.5, size=(3, 80))
    clusters = np.arange(80) // 2
    dense = bootstrap_alpha(ratings, level, n_replicates=100)
    monkeypatch.setattr(bootstrap, "DENSE_NUMBERS", 0)
    monkeypatch.setattr("annotation.stats.coincidence.DENSE_NUMBERS", 0)
    sparse = bootstrap_alpha(ratings, level, n_replicates=100)
    np.testing.assert_allclose(sparse, dense, atol=1e-9)
    by_cluster = bootstrap_alpha(ratings, level, clusters=clusters, n_replicates=100)
    assert by_cluster.estimate == pytest.approx(dense.estimate)
    assert by_cluster.low < by_cluster.high


def test_replicates_without_any_variety_are_counted_and_left_out():
    # One unit of 20 dissents; a replicate misses it with probability (19 / 20)^20 = 0.358.
    ratings = np.ones((2, 20))
    ratings[1, 4] = 2
    found = bootstrap_alpha(ratings, "nominal", n_replicates=4000)
    assert found.n_degenerate / 4000 == pytest.approx(0.95**20, abs=0.03)
    assert found.low is not None
    assert found.low <= found.high < 1


@pytest.mark.parametrize("usual", [0.3, 1.0, 1.7, 3.2])
def test_rounding_makes_no_variety_where_every_vote_is_the_same(usual):
    # The mean of 21 equal votes is off by one digit for these.
    ratings = np.full((3, 7), usual)
    ratings[1, 4] = 0.1
    counts = {level: bootstrap_alpha(ratings, level).n_degenerate for level in LEVELS}
    assert set(counts.values()) == {counts["nominal"]}


@any_level
@pytest.mark.parametrize("clusters", [None, [0, 0, 1]])
@pytest.mark.parametrize(
    ("ratings", "n_units"),
    [([[3, 3, 3], [3, 3, 3]], 3), ([[1, 2, 3]], 0), ([[NAN] * 3] * 2, 0)],
)
def test_an_undefined_alpha_has_no_interval(level, clusters, ratings, n_units):
    found = bootstrap_alpha(ratings, level, clusters=clusters, n_replicates=50)
    assert found == (None, None, None, n_units, 50)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0)])
def test_no_units_at_all_have_no_interval(shape):
    for clusters in (None, []):
        found = bootstrap_alpha(np.empty(shape), "nominal", clusters=clusters, n_replicates=10)
        assert found == (None, None, None, 0, 10)
        found = bootstrap_raw_agreement(np.empty(shape), clusters=clusters, n_replicates=10)
        assert found == (None, None, None, 0, 10)


def test_one_unit_or_one_cluster_has_an_estimate_but_no_interval():
    assert bootstrap_alpha([[1], [2]], "nominal")[1:3] == (None, None)
    ratings = simulated(30)
    found = bootstrap_alpha(ratings, "ordinal", clusters=["a"] * 30)
    assert found.estimate == pytest.approx(krippendorff_alpha(ratings, "ordinal"))
    assert found[1:3] == (None, None)


@pytest.mark.parametrize("method", ["percentile", "bca", "auto"])
def test_perfect_agreement_stays_at_one_without_an_interval(method):
    found = bootstrap_alpha([[1, 2, 1, 2, 3]] * 3, "ordinal", method=method)
    assert found[:3] == (1, None, None)
    assert found.n_degenerate > 0
    near = bootstrap_alpha([[1, 2, 1, 2, 3], [1, 2, 1, 2, 2]], "ordinal", method=method)
    assert near.low < near.estimate <= near.high


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_the_interval_of_a_mean_is_that_of_another_implementation(method):
    sample = np.random.default_rng(12).exponential(size=40)
    other = stats.bootstrap(
        (sample,), np.mean, n_resamples=20_000, method=method.replace("bca", "BCa"), rng=1
    ).confidence_interval
    rows = np.stack([sample, np.ones(40)], axis=1)
    found = resample(
        rows,
        np.ones(40, dtype=int),
        lambda sums: sums[:, 0] / sums[:, 1],
        n_replicates=20_000,
        method=method,
    )
    np.testing.assert_allclose([found.low, found.high], other, atol=0.015)


@pytest.mark.parametrize(("n_units", "method"), [(99, "bca"), (100, "percentile")])
def test_intervals_are_bias_corrected_below_a_hundred_units(n_units, method):
    ratings = simulated(n_units, missing=0)
    assert bootstrap_alpha(ratings, "ordinal") == bootstrap_alpha(ratings, "ordinal", method=method)
    clusters = np.repeat(np.arange(n_units), 2)
    doubled = simulated(2 * n_units, missing=0)
    found = bootstrap_alpha(doubled, "ordinal", clusters=clusters)
    assert found == bootstrap_alpha(doubled, "ordinal", clusters=clusters, method=method)


@pytest.mark.parametrize(
    "function", [lambda r, **kw: bootstrap_alpha(r, "nominal", **kw), bootstrap_raw_agreement]
)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clusters": [1, 2]}, r"one cluster for each of the 12 units.*\(2,\)"),
        ({"clusters": np.zeros((12, 1))}, "one cluster for each"),
        ({"clusters": [NAN] * 12}, "clusters must not be NaN"),
        ({"clusters": np.array([1, "a", None] * 4, dtype=object)}, "all numbers or all text"),
        ({"n_replicates": 0}, "n_replicates must be a positive whole number"),
        ({"n_replicates": 10.5}, "n_replicates"),
        ({"method": "normal"}, "method must be one of auto, percentile, bca"),
    ],
)
def test_bad_options_are_refused_by_name(function, options, message):
    with pytest.raises(ValueError, match=message):
        function(KRIPPENDORFF_C, **options)


def test_bad_ratings_are_refused_as_by_alpha():
    with pytest.raises(ValueError, match="level must be one of"):
        bootstrap_alpha(KRIPPENDORFF_C, "percent")
    with pytest.raises(ValueError, match="finite"):
        bootstrap_raw_agreement([[np.inf], [1]])
