"""Who may become champion: the rule, what it would have taken, and how often it is right."""

import numpy as np
import pytest

from rewardsvc.core.clustered import clustered_error
from rewardsvc.core.evaluation.promotion import GAIN, MARGIN, POWER, check_challenger, check_first

NOTHING = np.array([]), np.array([], np.int64)


def shifts(rng, n_sources, gain):
    """Draw four pairs of each source: correctness of both models, on average `gain` apart.

    Every source has its own difference, so that its pairs move together.
    """
    better = np.clip(0.12 + gain / 2 + rng.normal(0, 0.05, n_sources), 0, 1)
    worse = np.clip(0.12 - gain / 2 + rng.normal(0, 0.05, n_sources), 0, 1)
    source = np.repeat(np.arange(n_sources), 4)
    draw = rng.random(len(source))
    challenger = np.where(draw < better[source], 1.0, np.where(draw > 1 - worse[source], 0.0, 0.5))
    champion = np.where(draw < better[source], 0.0, np.where(draw > 1 - worse[source], 1.0, 0.5))
    return challenger, champion, source


def coin(rng, n_sources, accuracy):
    source = np.repeat(np.arange(n_sources), 4)
    return (rng.random(len(source)) < accuracy).astype(float), source


def test_a_first_model_passes_when_its_lower_bound_is_above_one_half():
    passed = check_first(*coin(np.random.default_rng(0), 40, 0.7))
    assert (passed.kind, passed.promoted) == ("first", True)
    assert passed.measured.low > 0.5
    assert f"{passed.measured.low:.3f}, is above 0.500" in passed.reason


def test_a_first_model_better_than_a_coin_by_its_value_alone_does_not_pass():
    correct = np.tile([1.0, 1.0, 0.0], 4)
    refused = check_first(correct, np.array([0, 1, 2] * 4))
    assert refused.measured.value == pytest.approx(2 / 3)
    assert not refused.promoted
    assert "is not above 0.500" in refused.reason


@pytest.mark.parametrize(
    "check", [check_first, lambda challenger, s: check_challenger(challenger, challenger, s)]
)
def test_without_a_decided_pair_nobody_passes_and_nothing_is_defined(check):
    refused = check(*NOTHING)
    assert not refused.promoted
    assert "No held-out pair" in refused.reason
    assert (refused.measured, refused.smallest_passing, refused.needed_pairs) == (None,) * 3


def test_a_model_that_is_always_right_on_few_sources_does_not_pass():
    refused = check_first(np.ones(5), np.array([0, 0, 1, 1, 2]))
    assert not refused.promoted
    assert refused.measured.value == 1
    assert (refused.measured.low, refused.smallest_passing, refused.needed_pairs) == (None,) * 3
    assert "no interval" in refused.reason


def test_a_challenger_with_a_gain_that_may_be_a_loss_does_not_pass():
    challenger, champion, source = shifts(np.random.default_rng(3), 15, 0.05)
    refused = check_challenger(challenger, champion, source)
    assert refused.measured.value > 0
    assert refused.measured.low < -MARGIN
    assert (refused.kind, refused.promoted) == ("challenger", False)
    assert "is not above \N{MINUS SIGN}0.010" in refused.reason


def test_a_challenger_with_a_sure_gain_passes():
    challenger, champion, source = shifts(np.random.default_rng(1), 400, 0.15)
    passed = check_challenger(challenger, champion, source)
    assert passed.promoted
    assert passed.measured.low > -MARGIN


def test_an_equal_or_worse_challenger_does_not_pass_however_sure():
    challenger, champion, source = shifts(np.random.default_rng(1), 400, 0.15)
    for refused in (
        check_challenger(challenger, challenger, source),
        check_challenger(champion, challenger, source),
        # Worse by less than the margin, and surely so.
        check_challenger(challenger - 0.005, challenger, source),
    ):
        assert not refused.promoted
        assert "no more held-out pairs right" in refused.reason


def test_a_gain_without_an_interval_does_not_pass():
    refused = check_challenger(np.ones(4), np.zeros(4), np.array([0, 0, 1, 2]))
    assert not refused.promoted
    assert "Its gain has no interval" in refused.reason


def test_exactly_gains_above_the_smallest_one_pass():
    challenger, champion, source = shifts(np.random.default_rng(2), 60, 0.02)
    check = check_challenger(challenger, champion, source)
    missing = check.smallest_passing - check.measured.value
    for more, passes in ((1e-6, True), (-1e-6, False)):
        found = check_challenger(challenger + missing + more, champion, source)
        assert found.promoted == passes
        assert found.smallest_passing == pytest.approx(check.smallest_passing)


def test_exactly_accuracies_above_the_smallest_one_pass():
    correct, source = coin(np.random.default_rng(2), 30, 0.6)
    check = check_first(correct, source)
    missing = check.smallest_passing - check.measured.value
    assert check_first(correct + missing + 1e-6, source).promoted
    assert not check_first(correct + missing - 1e-6, source).promoted


def test_the_pairs_needed_follow_the_textbook_formula_and_the_square_of_the_error():
    challenger, champion, source = shifts(np.random.default_rng(4), 60, 0.02)
    check = check_challenger(challenger, champion, source)
    error = clustered_error(challenger - champion, source)
    z = 1.959964 + 0.841621  # of 95 % two-sided confidence and of a power of 0.8
    expected = 240 * (z * error / 0.03) ** 2
    assert check.needed_pairs == pytest.approx(expected, abs=1)
    assert check.needed_sources == pytest.approx(expected / 4, abs=1)
    twice = check_challenger(challenger, champion, np.zeros(240, np.int64) + np.arange(240) // 8)
    assert twice.needed_pairs != check.needed_pairs  # other clusters, other spread


def test_a_model_no_better_than_a_coin_seldom_becomes_the_first_champion():
    rng = np.random.default_rng(8)
    passed = np.mean([check_first(*coin(rng, 60, 0.5)).promoted for _ in range(400)])
    assert passed < 0.05  # nominally 0.025


def test_with_the_stated_number_of_pairs_a_gain_of_two_points_passes_as_often_as_stated():
    rng = np.random.default_rng(9)
    # What is known of the spread comes from a held-out set of its challenger.
    needed = np.mean([check_challenger(*shifts(rng, 150, GAIN)).needed_sources for _ in range(40)])
    passed = [
        check_challenger(*shifts(rng, round(needed), GAIN), seed=n).promoted for n in range(250)
    ]
    # Three standard errors of 250 draws are 0.076.
    assert abs(np.mean(passed) - POWER) < 0.08


def test_a_model_that_loses_two_points_hardly_ever_passes():
    rng = np.random.default_rng(10)
    passed = [check_challenger(*shifts(rng, 60, -GAIN)).promoted for _ in range(300)]
    assert np.mean(passed) < 0.05


def test_the_same_pairs_give_the_same_check():
    pairs = shifts(np.random.default_rng(6), 50, 0.02)
    assert check_challenger(*pairs) == check_challenger(*pairs)
    assert check_challenger(*pairs, seed=1).measured.low != check_challenger(*pairs).measured.low
