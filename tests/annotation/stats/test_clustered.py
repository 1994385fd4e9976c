"""Shares of groups with intervals over clusters."""

import numpy as np
import pytest

from annotation.stats.clustered import clustered_shares
from annotation.stats.intervals import clustered_share, wilson


def test_single_trials_of_clusters_have_almost_wilsons_interval():
    value = np.repeat([1, 0], [30, 20])
    (found,) = clustered_shares(np.zeros(50), value, np.arange(50)).values()
    # With one trial a cluster the variance is p (1 - p) / (n - 1).
    assert found.n_effective == pytest.approx(49)
    assert (found.low, found.high) == pytest.approx(wilson(0.6 * 49, 49))


def test_repeating_every_trial_within_its_cluster_adds_no_certainty():
    value, clusters = np.repeat([1, 0], [30, 20]), np.arange(50)
    (once,) = clustered_shares(np.zeros(50), value, clusters).values()
    (five,) = clustered_shares(np.zeros(250), np.repeat(value, 5), np.repeat(clusters, 5)).values()
    assert (five.low, five.high) == pytest.approx((once.low, once.high))
    assert (five.n, five.n_clusters) == (250, 50)


def test_the_interval_is_that_of_resampling_clusters():
    generator = np.random.default_rng(3)
    sizes = generator.integers(1, 9, 200)
    clusters = np.repeat(np.arange(200), sizes)
    level = generator.beta(6, 3, 200)[clusters]
    value = (generator.random(len(clusters)) < level).astype(float)
    (found,) = clustered_shares(np.zeros(len(value)), value, clusters).values()
    drawn = clustered_share(value, clusters=clusters)
    assert found.value == pytest.approx(drawn.estimate)
    assert (found.low, found.high) == pytest.approx((drawn.low, drawn.high), abs=0.006)
    assert found.n_effective < 0.8 * len(value)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(11)
    n_studies, n_clusters, each = 2_000, 40, 5
    level = generator.beta(8, 2, (n_studies, n_clusters, 1))
    value = (generator.random((n_studies, n_clusters, each)) < level).ravel()
    study = np.repeat(np.arange(n_studies), n_clusters * each)
    clusters = np.tile(np.repeat(np.arange(n_clusters), each), n_studies)
    found = clustered_shares(study, value, clusters).values()
    covered = np.mean([one.low <= 0.8 <= one.high for one in found])
    assert 0.935 <= covered <= 0.965


def test_groups_are_kept_apart_and_named():
    group = np.array(["b", "a", "b", "a", "b"])
    found = clustered_shares(group, [1, 0, 0, 1, 1], [1, 1, 2, 2, 3])
    assert {name: (one.value, one.n) for name, one in found.items()} == {
        "a": (0.5, 2),
        "b": (pytest.approx(2 / 3), 3),
    }


@pytest.mark.parametrize("value", [0, 1])
def test_where_all_values_are_equal_a_cluster_is_one_trial(value):
    (found,) = clustered_shares([7] * 12, [value] * 12, np.repeat([1, 2, 3], 4)).values()
    assert (found.low, found.high) == pytest.approx(wilson(3 * value, 3))


def test_one_cluster_has_no_interval():
    (found,) = clustered_shares([7, 7], [1, 0], [5, 5]).values()
    assert (found.value, found.low, found.high, found.n) == (0.5, None, None, 2)


def test_no_trials_are_no_groups():
    assert clustered_shares([], [], []) == {}


@pytest.mark.parametrize(
    ("columns", "wrong"),
    [(([1, 2], [1], [1, 2]), "equally long"), (([1], [1.5], [1]), "between 0 and 1")],
)
def test_other_columns_are_refused(columns, wrong):
    with pytest.raises(ValueError, match=wrong):
        clustered_shares(*columns)
