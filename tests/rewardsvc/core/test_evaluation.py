from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from rewardsvc.core.clustered import clustered_estimate
from rewardsvc.core.compact.batch import make_batch
from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.errors import RewardError, TrainingError
from rewardsvc.core.evaluation import controls
from rewardsvc.core.evaluation.crossfit import assign_folds, cross_fit
from rewardsvc.core.pair_metrics import (
    gap_correct,
    pair_accuracy,
    pair_log_losses,
    pair_probability,
)
from rewardsvc.core.predict import Predictions

NAMES = [f"source-{n}" for n in range(17)]


def predictions(reward, log_sigma=0.0):
    mu = np.array(reward, float)[:, None] + np.array([[-1.0, 1.0]])  # the mean is the reward
    return Predictions(mu, np.full_like(mu, log_sigma))


def pairs(i, j, outcome):
    n = len(i)
    return Pairs(
        np.array(i, np.int64),
        np.array(j, np.int64),
        np.array(outcome, np.int64),
        np.full((n, 2), np.nan),
        np.zeros(n, np.int64),
        np.ones(n),
        np.ones(n, np.int64),
        np.ones(n, np.int64),
    )


def test_a_pair_is_one_for_the_right_sign_and_a_half_for_no_gap():
    gap = np.array([2.0, -0.1, 3.0, -4.0, 0.0, 0.0])
    outcome = np.array([1, -1, -1, 1, 1, -1])
    assert gap_correct(gap, outcome).tolist() == [1, 1, 0, 0, 0.5, 0.5]


def test_a_pair_without_a_reward_is_refused():
    with pytest.raises(RewardError, match="1 of 2 pairs have no reward"):
        gap_correct(np.array([1.0, np.nan]), np.array([1, 1]))


def test_accuracy_counts_decisive_pairs_only():
    predicted = predictions([3, 1, 1])
    judged = pairs([0, 0, 1, 2, 0], [1, 2, 2, 0, 1], [1, -1, 1, -1, 0])
    assert pair_accuracy(predicted, judged) == (1 + 0 + 0.5 + 1) / 4
    assert pair_accuracy(predicted, judged.take(judged.outcome == 0)) is None


def test_a_constant_reward_is_right_half_the_time():
    judged = pairs([0, 1, 0], [1, 2, 2], [1, -1, 1])
    assert pair_accuracy(predictions([7, 7, 7]), judged) == 0.5


def test_the_interval_is_that_of_all_ways_to_draw_the_clusters_widened_for_three():
    values = np.array([1, 0, 1, 1, 0, 0, 0, 1, 1, 0.5])
    cluster = np.array([8, 8, 8, 8, 2, 2, 2, 5, 5, 5])
    by_cluster = [values[cluster == c] for c in (2, 5, 8)]
    means = [np.concatenate(drawn).mean() for drawn in product(by_cluster, repeat=3)]
    found = clustered_estimate(values, cluster)
    ends = np.quantile(means, [0.025, 0.975], method="inverted_cdf")
    assert (found.value, found.n, found.n_sources) == (values.mean(), 10, 3)
    # Student's quantile on two degrees of freedom over the normal one, and n over n - 1.
    wide = values.mean() + (ends - values.mean()) * 4.302653 / 1.959964 * (3 / 2) ** 0.5
    assert (found.low, found.high) == pytest.approx((max(wide[0], 0), min(wide[1], 1)))


def test_clusters_widen_the_interval_of_values_that_move_together():
    values = np.repeat([1.0, 0.0, 1.0, 1.0, 0.0, 1.0], 20)
    together = clustered_estimate(values, np.repeat(np.arange(6), 20))
    apart = clustered_estimate(values, np.arange(120))
    assert together.value == apart.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_one_cluster_has_no_interval_and_no_value_no_estimate():
    alone = clustered_estimate(np.array([1.0, 0.0]), np.array([4, 4]))
    assert (alone.low, alone.value, alone.high) == (None, 0.5, None)
    assert (alone.n, alone.n_sources) == (2, 1)
    with pytest.raises(RewardError, match="no decisive pair"):
        clustered_estimate(np.array([]), np.array([], np.int64))


def test_clusters_of_equal_means_have_no_interval():
    perfect = clustered_estimate(np.ones(7), np.array([1, 1, 2, 3, 3, 4, 5]))
    assert (perfect.low, perfect.value, perfect.high) == (None, 1.0, None)
    assert (perfect.n, perfect.n_sources) == (7, 5)


def test_the_probabilities_of_both_orders_sum_to_one_and_follow_the_gap():
    rng = np.random.default_rng(0)
    predicted = Predictions(rng.normal(0, 3, (40, 2)), rng.normal(0, 1, (40, 2)))
    i, j = rng.integers(0, 40, (2, 200))
    there, back = pair_probability(predicted, i, j), pair_probability(predicted, j, i)
    np.testing.assert_allclose(there + back, 1, atol=1e-12)
    np.testing.assert_array_equal(there > 0.5, predicted.reward[i] > predicted.reward[j])
    assert pair_probability(predicted, i[:1], i[:1]) == pytest.approx(0.5)


def test_a_certain_reward_has_the_probability_of_the_logistic_function():
    predicted = predictions([2.0, 0.5], log_sigma=-20)
    at = np.array([0]), np.array([1])
    assert pair_probability(predicted, *at) == pytest.approx(1 / (1 + np.exp(-1.5)))


def test_the_log_loss_of_a_tie_is_the_mean_of_both_orders():
    predicted = predictions([1.0, 0.0], log_sigma=0.3)
    won, lost, tied = pair_log_losses(predicted, pairs([0] * 3, [1] * 3, [1, -1, 0]))
    p = pair_probability(predicted, np.array([0]), np.array([1]))[0]
    assert (won, lost) == pytest.approx((-np.log(p), -np.log(1 - p)))
    assert tied == pytest.approx((won + lost) / 2)


@pytest.mark.parametrize("n_folds", [2, 5, 17])
def test_folds_are_balanced_and_depend_on_names_and_seed_alone(n_folds):
    fold = assign_folds(NAMES, n_folds)
    sizes = np.bincount(fold, minlength=n_folds)
    assert len(sizes) == n_folds
    assert np.ptp(sizes) <= 1
    np.testing.assert_array_equal(assign_folds(NAMES, n_folds), fold)
    np.testing.assert_array_equal(assign_folds(NAMES[::-1], n_folds), fold[::-1])
    assert (assign_folds(NAMES, n_folds, seed=1) != fold).any()


@pytest.mark.parametrize(("n_folds", "named"), [(1, "1 folds"), (18, "17 sources cannot fill 18")])
def test_impossible_numbers_of_folds_are_refused(n_folds, named):
    with pytest.raises(TrainingError, match=named):
        assign_folds(NAMES, n_folds)


def turned(data, sources):
    """The data with the labels of some sources turned round."""
    places = [data.sources.index(s) for s in sources]
    sign = np.where(np.isin(data.pairs.source, places), -1, 1)
    judged = replace(
        data.pairs, outcome=data.pairs.outcome * sign, gap=data.pairs.gap * sign[:, None]
    )
    return replace(data, pairs=judged)


def in_fold(data, fold, n):
    chosen = {s for s, f in zip(data.sources, fold, strict=True) if f == n}
    return np.array([t.source_sha in chosen for t in data.triples]), chosen


def test_every_source_is_predicted_by_a_model_that_did_not_train_on_it(shapes, tiny):
    data, config = shapes.data, replace(tiny, epochs=1)
    first = cross_fit(config, data, shapes.images, n_folds=2)
    np.testing.assert_array_equal(first.fold, assign_folds(data.sources, 2))
    assert np.isfinite(first.unmodified.mu).all()
    assert np.isfinite(first.unmodified.log_sigma).all()
    rows, sources = in_fold(data, first.fold, 0)
    second = cross_fit(config, turned(data, sources), shapes.images, n_folds=2)
    # The labels of a fold reach the predictions of the others and never its own.
    np.testing.assert_array_equal(second.unmodified.mu[rows], first.unmodified.mu[rows])
    assert (second.unmodified.mu[~rows] != first.unmodified.mu[~rows]).any()


def test_the_same_models_predict_the_controls(shapes, tiny):
    views = controls.views(shapes.data)
    config = replace(tiny, epochs=1)
    found = cross_fit(config, shapes.data, shapes.images, n_folds=2, views=views)
    assert set(found.predictions) == {"own", "shuffled instructions", "swapped sources"}
    for name in views:
        assert np.isfinite(found.predictions[name].mu).all()
        assert (found.predictions[name].mu != found.unmodified.mu).any()


def test_generator_means_are_those_of_the_other_folds(shapes):
    data = shapes.data
    fold = assign_folds(data.sources, 3)
    found = controls.generator_means(data, fold)
    judged = data.pairs
    for t, value in zip(data.triples, found, strict=True):
        own_fold = fold[data.sources.index(t.source_sha)]
        results = []
        for i, j, o, s in zip(judged.i, judged.j, judged.outcome, judged.source, strict=True):
            if fold[s] != own_fold:
                results += [o] * (data.triples[i].generator == t.generator)
                results += [-o] * (data.triples[j].generator == t.generator)
        assert value == pytest.approx(np.mean(results))
    assert np.ptp(found) > 0


def test_generator_means_ignore_the_labels_of_their_own_fold(shapes):
    data = shapes.data
    fold = assign_folds(data.sources, 2)
    rows, sources = in_fold(data, fold, 0)
    before = controls.generator_means(data, fold)
    after = controls.generator_means(turned(data, sources), fold)
    np.testing.assert_array_equal(after[rows], before[rows])
    np.testing.assert_allclose(after[~rows], -before[~rows])
    assert (before[~rows] != 0).any()


def test_shuffled_instructions_come_from_another_source_and_change_nothing_else(shapes):
    data = shapes.data
    altered = controls.shuffled_instructions(data, seed=1)
    assert replace(altered, triples=data.triples) == data
    replaced = {}
    for old, new in zip(data.triples, altered.triples, strict=True):
        assert replace(new, instruction=old.instruction) == old
        assert new.instruction != old.instruction
        donors = {t.source_sha for t in data.triples if t.instruction == new.instruction}
        assert donors - {old.source_sha}
        assert replaced.setdefault(old.item, new.instruction) == new.instruction
    assert controls.shuffled_instructions(data, seed=1).triples == altered.triples


def test_swapped_sources_are_those_of_others_and_change_nothing_else(shapes):
    data = shapes.data
    altered = controls.swapped_sources(data, seed=1)
    assert replace(altered, triples=data.triples) == data
    replaced = {}
    for old, new in zip(data.triples, altered.triples, strict=True):
        assert replace(new, source_sha=old.source_sha) == old
        assert new.source_sha != old.source_sha
        assert replaced.setdefault(old.source_sha, new.source_sha) == new.source_sha
    assert sorted(replaced.values()) == sorted(data.sources)


def test_a_view_changes_the_input_of_the_model_only(shapes):
    data = shapes.data
    batch = make_batch(data.triples, shapes.images, 512)
    ways = controls.views(data)
    shuffled = make_batch(ways["shuffled instructions"], shapes.images, 512)
    swapped = make_batch(ways["swapped sources"], shapes.images, 512)

    def sources(batch):
        return batch.sources[batch.source]

    assert torch.equal(shuffled.edits, batch.edits)
    assert torch.equal(sources(shuffled), sources(batch))
    assert torch.equal(shuffled.measured, batch.measured)
    assert not torch.equal(shuffled.mentioned[shuffled.text], batch.mentioned[batch.text])
    assert torch.equal(swapped.edits, batch.edits)
    assert torch.equal(swapped.tokens, batch.tokens)
    assert torch.equal(swapped.mentioned[swapped.text], batch.mentioned[batch.text])
    changed = (sources(swapped) != sources(batch)).flatten(1).any(1)
    assert changed.all()


def test_a_control_needs_a_second_source(shapes):
    data = shapes.data
    one = [t for t in data.triples if t.source_sha == data.sources[0]]
    with pytest.raises(TrainingError, match="two sources"):
        controls.shuffled_instructions(replace(data, triples=tuple(one)))
