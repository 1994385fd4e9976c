"""Aggregation on public data sets, against reference numbers and published ones."""

import csv

import numpy as np
import pytest

from annotation.stats.annotators import dawid_skene, majority_vote
from annotation.stats.labels import resolve


def rows(path, delimiter=","):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def anaesthetists(reference_data):
    table = rows(reference_data / "data" / "dawid_skene_1979" / "anesthesia.csv")
    item, rater, rating = (
        np.array([int(row[name]) for row in table]) for name in ("item", "rater", "rating")
    )
    return dawid_skene(item, rater, rating - 1, 4)


@pytest.fixture(scope="module")
def temporal(reference_data):
    """Return unit, rater and label of the temporal-ordering task, and the gold of each unit."""
    table = rows(reference_data / "data" / "snow2008" / "temp.standardized.tsv", "\t")
    unit, rater = (
        np.array([row[name] for row in table]) for name in ("orig_id", "!amt_worker_ids")
    )
    gold = {row["orig_id"]: int(row["gold"]) - 1 for row in table}
    label = np.array([int(row["response"]) - 1 for row in table])
    return unit, rater, label, np.array([gold[name] for name in np.unique(unit)])


def test_dawid_and_skenes_patients_have_their_published_estimates(anaesthetists, oracles):
    expected = oracles["ds79"]["expected"]
    assert anaesthetists.converged
    assert anaesthetists.prevalence == pytest.approx(expected["prevalence"], abs=5e-5)
    assert anaesthetists.errors[0] == pytest.approx(np.array(expected["obs1"]), abs=0.005)
    assert anaesthetists.log_likelihood == pytest.approx(expected["loglik"], abs=1e-4)


def test_dawid_and_skenes_observers_err_as_computed_elsewhere(anaesthetists):
    first, third = anaesthetists.errors[[0, 2]]
    assert first[0, :2] == pytest.approx([0.889, 0.111], abs=5e-4)
    assert first[1, :3] == pytest.approx([0.071, 0.876, 0.053], abs=5e-4)
    assert first[3, 2:] == pytest.approx([0.556, 0.444], abs=5e-4)
    assert third[0, 0] == pytest.approx(1, abs=5e-4)


def test_snows_workers_order_events_right_as_often_as_published(temporal, oracles):
    expected = oracles["snow-temp"]["expected"]
    unit, rater, label, gold = temporal
    units = np.arange(len(gold))
    votes = majority_vote(unit, label, 2, ties="share")
    assert 100 * votes.weights[units, gold].mean() == pytest.approx(
        expected["mv_tie_expected"], abs=0.005
    )
    fit = dawid_skene(unit, rater, label, 2)
    right = fit.posteriors.argmax(axis=1) == gold
    assert 100 * right.mean() == pytest.approx(expected["ds"], abs=0.005)


def test_random_ties_are_right_as_often_as_shared_ones_expect(temporal):
    unit, _, label, gold = temporal
    units = np.arange(len(gold))
    expected = majority_vote(unit, label, 2, ties="share").weights[units, gold].sum()
    draws = [majority_vote(unit, label, 2, ties="random", seed=n) for n in range(200)]
    right = [(draw.winners == gold).sum() for draw in draws]
    n_ties = draws[0].n_ties
    assert n_ties > 0
    assert np.mean(right) == pytest.approx(expected, abs=4 * np.sqrt(n_ties / 4 / len(draws)))


def test_mean_scores_follow_the_gold_similarity_of_words(reference_data, oracles):
    table = rows(reference_data / "data" / "snow2008" / "wordsim.standardized.tsv", "\t")
    pairs = sorted({row["orig_id"] for row in table})
    scores = np.array(
        [[float(row["response"]) for row in table if row["orig_id"] == pair] for pair in pairs]
    )
    gold = {row["orig_id"]: float(row["gold"]) for row in table}
    means = [
        resolve(two.T[:, :, None], np.ones(two.T.shape, int)).mean_scores[:, 0]
        for two in np.split(scores, len(pairs) // 2)
    ]
    r = np.corrcoef(np.concatenate(means), [gold[pair] for pair in pairs])[0, 1]
    assert r == pytest.approx(
        oracles["snow-wordsim"]["expected"], abs=oracles["snow-wordsim"]["tol"]
    )
