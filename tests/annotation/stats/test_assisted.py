"""Prediction-powered means: reference numbers, identities, and coverage by simulation."""

import json

import numpy as np
import pytest

from annotation.stats.assisted import prediction_powered_mean

CLOSE = {"abs": 1e-12}


@pytest.fixture(scope="module")
def cases(reference_data):
    path = reference_data / "oracles" / "prediction_powered.json"
    return json.loads(path.read_text())["cases"]


def test_tuned_plain_and_classical_means_are_the_reference_numbers(cases):
    for case in cases:
        labels, predictions, unlabelled = (
            case[name] for name in ("labels", "predictions", "unlabelled")
        )
        tuned = prediction_powered_mean(labels, predictions, unlabelled)
        plain = prediction_powered_mean(labels, predictions, unlabelled, power_tuning=False)
        classical = prediction_powered_mean(labels, predictions, [])
        expected = case["expected"]
        assert tuned[:3] == pytest.approx(expected["tuned"], **CLOSE)
        assert plain[:3] == pytest.approx(expected["1.0"], **CLOSE)
        assert classical[:3] == pytest.approx(expected["0.0"], **CLOSE)
        assert (plain.lambda_, classical.lambda_) == (1, 0)
        assert 0 < tuned.lambda_ < 1
        assert tuned.high - tuned.low < classical.high - classical.low


def drawn(seed, n=100, n_rest=2000, noise=0.5):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.3, 1.0, size=n + n_rest)
    predictions = truth + rng.normal(0.7, noise, size=n + n_rest)
    return truth[:n], predictions[:n], predictions[n:]


def test_perfect_predictions_give_the_mean_of_all_units():
    labels, _, rest = drawn(0)
    found = prediction_powered_mean(labels, labels, rest, power_tuning=False)
    assert found.estimate == pytest.approx(rest.mean())
    assert found.high - found.low == pytest.approx(2 * 1.959964 * rest.std() / len(rest) ** 0.5)


def test_predictions_that_know_nothing_are_not_used():
    labels, _, rest = drawn(1)
    constant = prediction_powered_mean(labels, np.ones(100), np.ones(2000))
    assert (constant.estimate, constant.lambda_) == (pytest.approx(labels.mean()), 0)
    against = prediction_powered_mean(labels, -labels, rest)
    assert against.lambda_ == 0


def test_a_constant_error_of_the_predictions_changes_nothing():
    labels, predictions, rest = drawn(2)
    found = prediction_powered_mean(labels, predictions, rest)
    moved = prediction_powered_mean(labels, predictions + 9, rest + 9)
    assert moved == pytest.approx(found)
    scaled = prediction_powered_mean(labels + 5, predictions, rest)
    assert scaled[:3] == pytest.approx([each + 5 for each in found[:3]])


@pytest.mark.parametrize("clusters", [range(100), range(2100)])
def test_equal_weights_and_clusters_of_one_change_nothing(clusters):
    labels, predictions, rest = drawn(3)
    found = prediction_powered_mean(labels, predictions, rest)
    same = prediction_powered_mean(
        labels, predictions, rest, weights=np.full(100, 7.0), clusters=clusters
    )
    assert same == pytest.approx(found)


def test_one_label_or_one_cluster_has_no_interval():
    assert prediction_powered_mean([1], [1], [0, 1])[1:3] == (None, None)
    assert prediction_powered_mean([1, 0], [1, 0], [0, 1], clusters=["x", "x"]).low is None
    one = prediction_powered_mean([1, 0], [1, 0], [0, 1], clusters=["x"] * 4)
    assert one.high is None


def test_repeated_units_of_a_cluster_do_not_narrow_the_interval():
    labels, predictions, rest = drawn(4)
    alone = prediction_powered_mean(labels, predictions, rest)
    twice = prediction_powered_mean(
        np.repeat(labels, 3), np.repeat(predictions, 3), rest, clusters=np.repeat(range(100), 3)
    )
    assert twice.high - twice.low == pytest.approx(alone.high - alone.low, rel=0.05)


def covered(draw, n_seeds):
    """Return the share of draws whose interval holds the true mean, and the mean width."""
    hits, widths = [], []
    for seed in range(n_seeds):
        true_mean, found = draw(np.random.default_rng(seed))
        hits.append(found.low <= true_mean <= found.high)
        widths.append(found.high - found.low)
    return np.mean(hits), np.mean(widths)


def plain_draw(rng):
    labels = (rng.random(1200) < 0.4).astype(float)
    predictions = np.clip(labels * 0.6 + rng.normal(0.2, 0.25, 1200), 0, 1)
    return 0.4, prediction_powered_mean(labels[:100], predictions[:100], predictions[100:])


def clustered_draw(rng):
    """Draw 30 sources with 5 labelled and 20 other units each, alike within a source."""
    level = np.repeat(rng.normal(0.0, 0.7, 30), 25)
    truth = level + rng.normal(0.0, 0.5, 750)
    predictions = truth + np.repeat(rng.normal(0.2, 0.4, 30), 25) + rng.normal(0, 0.3, 750)
    first = np.tile(np.arange(25) < 5, 30)
    source = np.repeat(np.arange(30), 25)
    clusters = np.append(source[first], source[~first])
    return 0.0, prediction_powered_mean(
        truth[first], predictions[first], predictions[~first], clusters=clusters
    )


def active_draw(rng):
    """Label the units whose prediction is uncertain more often, and weigh them back."""
    chance = rng.random(2500)
    truth = (rng.random(2500) < chance).astype(float)
    predictions = np.clip(chance + rng.normal(0.05, 0.1, 2500), 0, 1)
    chosen_with = 0.04 + 0.2 * (0.25 - (predictions - 0.5) ** 2) / 0.25
    chosen = rng.random(2500) < chosen_with
    return 0.5, prediction_powered_mean(
        truth[chosen], predictions[chosen], predictions[~chosen | chosen],
        weights=1 / chosen_with[chosen],
    )  # fmt: skip


@pytest.mark.parametrize("draw", [plain_draw, clustered_draw, active_draw])
def test_the_interval_covers_the_truth_as_often_as_it_says(draw):
    share, _ = covered(draw, 1500)
    assert 0.93 <= share <= 0.97


def test_without_its_weights_an_active_choice_would_mislead():
    def unweighted(rng):
        chance = rng.random(3000) ** 2
        truth = (rng.random(3000) < chance).astype(float)
        chosen = rng.random(3000) < 0.02 + 0.2 * chance
        how = {"weights": 1 / (0.02 + 0.2 * chance[chosen])} if weigh else {}
        flat = np.full(3000, 0.5)
        return 1 / 3, prediction_powered_mean(truth[chosen], flat[chosen], flat, **how)

    weigh = False
    assert covered(unweighted, 200)[0] < 0.2
    weigh = True
    assert covered(unweighted, 1000)[0] > 0.92


def test_good_predictions_are_worth_many_labels():
    def width(noise):
        found = [prediction_powered_mean(*drawn(seed, noise=noise)) for seed in range(50)]
        return np.mean([each.high - each.low for each in found])

    classical = np.mean(
        [np.subtract(*prediction_powered_mean(*drawn(seed)[:2], [])[2:0:-1]) for seed in range(50)]
    )
    assert width(0.3) < 0.5 * classical
    assert width(30.0) < 1.02 * classical


@pytest.mark.parametrize(
    ("arguments", "how", "message"),
    [
        (([], [], [1]), {}, "0 labels and 0 predictions"),
        (([1, 2], [1], [1]), {}, "2 labels and 1 predictions"),
        (([np.nan], [1], [1]), {}, "labels must be finite"),
        (([1], [1], [np.inf]), {}, "unlabelled must be finite"),
        (([[1]], [1], [1]), {}, "labels must have one dimension"),
        (([1, 2], [1, 2], [1]), {"weights": [1, 0]}, "weights must be 2 positive"),
        (([1, 2], [1, 2], [1]), {"weights": [1]}, "weights must be 2 positive"),
        (([1, 2], [1, 2], [1]), {"clusters": ["x"]}, "clusters must name 2 labels, or 3 units"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, how, message):
    with pytest.raises(ValueError, match=message):
        prediction_powered_mean(*arguments, **how)
