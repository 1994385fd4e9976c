"""Intervals of strengths and ranks by source."""

import numpy as np
import pytest

from annotation.stats.ranking import Unbounded, bootstrap_ranking, davidson, rao_kupper
from tests.annotation.stats.votes_of_pairs import simulated, spelled


@pytest.mark.parametrize("model", [davidson, rao_kupper])
def test_intervals_of_single_votes_are_those_of_the_information(model):
    i, j, outcome, first = simulated(n_items=4, n_votes=3000)
    reference = model(i, j, outcome, 4, first_shown=first)
    found = bootstrap_ranking(
        i, j, outcome, 4, model=model.__name__, first_shown=first, n_replicates=400
    )
    np.testing.assert_allclose(found.strengths, reference.strengths, atol=1e-12)
    widths = (found.high - found.low) / (2 * 1.96)
    np.testing.assert_allclose(widths, reference.standard_errors, rtol=0.15)
    assert found.n_clusters == 3000
    assert found.n_degenerate == 0


def test_copies_of_a_vote_in_one_source_add_no_certainty():
    i, j, outcome, _ = simulated(n_items=4, n_votes=500)
    once = bootstrap_ranking(i, j, outcome, 4, n_replicates=300)
    copied = [np.tile(part, 4) for part in (i, j, outcome)]
    by_source = bootstrap_ranking(*copied, 4, clusters=np.tile(np.arange(500), 4), n_replicates=300)
    by_vote = bootstrap_ranking(*copied, 4, n_replicates=300)
    width = (once.high - once.low).mean()
    assert (by_source.high - by_source.low).mean() == pytest.approx(width, rel=0.15)
    assert (by_vote.high - by_vote.low).mean() == pytest.approx(width / 2, rel=0.15)
    assert by_source.n_clusters == 500


def test_replicates_are_fits_of_resampled_sources():
    i, j, outcome, _ = simulated(n_items=3, n_votes=60)
    clusters = np.repeat(["a", "b", "c", "d", "e", "f"], 10)
    found = bootstrap_ranking(i, j, outcome, 3, clusters=clusters, n_replicates=200, seed=5)
    rng = np.random.default_rng(6)
    groups = [np.flatnonzero(clusters == name) for name in np.unique(clusters)]
    strengths = []
    for _ in range(800):
        drawn = np.concatenate([groups[k] for k in rng.integers(6, size=6)])
        try:
            strengths.append(davidson(i[drawn], j[drawn], outcome[drawn], 3).strengths)
        except Unbounded:
            continue
    low, high = np.quantile(strengths, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(found.low, low, atol=0.25)
    np.testing.assert_allclose(found.high, high, atol=0.25)


def test_ranks_are_whole_and_certain_only_where_items_lie_apart():
    clear = {(0, 1): (90, 10, 0), (1, 2): (90, 10, 0), (0, 2): (95, 5, 0)}
    found = bootstrap_ranking(*spelled(clear), 3, n_replicates=200)
    assert found.ranks.tolist() == found.rank_low.tolist() == found.rank_high.tolist() == [1, 2, 3]
    assert found.first_share[0] == 1
    even = {(0, 1): (10, 10, 2), (1, 2): (10, 10, 2), (0, 2): (10, 10, 2)}
    found = bootstrap_ranking(*spelled(even), 3, n_replicates=200)
    assert found.ranks.tolist() == [1, 1, 1]
    assert found.rank_low.tolist() == [1, 1, 1]
    assert found.rank_high.tolist() == [3, 3, 3]


def test_replicates_without_a_finite_maximum_are_counted():
    votes = spelled({(0, 1): (6, 1, 0)})
    found = bootstrap_ranking(*votes, 2, model="bradley_terry", n_replicates=4000)
    # A replicate misses the one loss with probability (6 / 7)^7 and all wins almost never.
    assert found.n_degenerate / 4000 == pytest.approx((6 / 7) ** 7 + (1 / 7) ** 7, abs=0.03)
    held = bootstrap_ranking(*votes, 2, model="bradley_terry", n_replicates=50, prior=1.0)
    assert held.n_degenerate == 0


def test_one_source_has_no_interval():
    i, j, outcome, _ = simulated(n_items=3, n_votes=60)
    found = bootstrap_ranking(i, j, outcome, 3, clusters=np.zeros(60), n_replicates=10)
    assert found.low is found.high is found.rank_low is found.first_share is None
    np.testing.assert_allclose(found.strengths, davidson(i, j, outcome, 3).strengths)


def test_sources_that_are_all_alike_have_strengths_but_no_interval():
    i, j, outcome = (np.tile(each, 8) for each in ([0, 0, 0], [1, 1, 1], [1, 1, -1]))
    found = bootstrap_ranking(i, j, outcome, 2, clusters=np.repeat(np.arange(8), 3))
    assert found.strengths[0] > found.strengths[1]
    assert found.low is found.high is found.rank_low is found.rank_high is found.first_share is None
    assert (found.n_clusters, found.n_degenerate) == (8, 0)


def test_bad_input_is_refused_by_name():
    votes = spelled({(0, 1): (3, 2, 1)})
    with pytest.raises(ValueError, match="model must be one of"):
        bootstrap_ranking(*votes, 2, model="elo")
    with pytest.raises(ValueError, match="takes no ties"):
        bootstrap_ranking(*votes, 2, model="bradley_terry")
    with pytest.raises(ValueError, match="n_replicates"):
        bootstrap_ranking(*votes, 2, n_replicates=0)
    with pytest.raises(ValueError, match="clusters must name one"):
        bootstrap_ranking(*votes, 2, clusters=[1, 2])
    with pytest.raises(Unbounded, match="never lost"):
        bootstrap_ranking([0], [1], [1], 2)
