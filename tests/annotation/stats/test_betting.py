"""The betting test against its definition, its guarantee, and what it must find."""

import numpy as np
import pytest

from annotation.stats.betting import (
    FIRST_OWNS,
    STAKES,
    log_evidence_above,
    log_evidence_below,
)


def test_before_a_second_gambler_it_is_the_mean_capital_of_the_first():
    values, bound = np.array([1.0, 0.0, 0.25]), np.array([0.6, 0.7, 0.5])
    by_hand = []
    for end in (1, 2, 3):
        gains = (bound[:end] - values[:end]) / (1 - bound[:end])
        capital = np.prod(1 + STAKES[:, None] * gains, axis=1)
        by_hand.append(np.log(capital.mean() * FIRST_OWNS))
    np.testing.assert_allclose(log_evidence_below(values, bound), by_hand)


def test_later_gamblers_own_the_rest_of_the_money_as_they_come():
    values = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    gain = (0.6 - values) / 0.4
    capital = 0.0
    rest = 1 - FIRST_OWNS
    for start, owned in ((0, FIRST_OWNS), (2, rest / 2), (4, rest / 6)):
        capital += owned * np.prod(1 + STAKES[:, None] * gain[start:], axis=1).mean()
    found = log_evidence_below(values, 0.6, every=2)[-1]
    np.testing.assert_allclose(found, np.log(capital))


def test_above_is_below_of_what_is_missing_to_one():
    values = np.random.default_rng(0).random(80)
    np.testing.assert_allclose(log_evidence_above(values, 0.7), log_evidence_below(1 - values, 0.3))


@pytest.mark.parametrize("bound", [0.3, 0.6, 0.9])
def test_whoever_keeps_to_the_bound_is_rarely_accused_in_a_thousand_looks(bound):
    rng = np.random.default_rng(1)
    most = [log_evidence_below(rng.random(1_000) < bound, bound).max() for _ in range(400)]
    # Ville's bound is 5 % at odds of 20; 400 people have at most 34 then, with 99.9 % certainty.
    assert sum(peak >= np.log(20) for peak in most) <= 34
    assert sum(peak >= np.log(1_000) for peak in most) <= 3


def test_a_fall_after_a_thousand_good_answers_is_found():
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.random(1_000) < 0.95, rng.random(150) < 0.3])
    evidence = log_evidence_below(values, 0.7)
    assert evidence[:1_000].max() < np.log(20)
    assert evidence[-1] > np.log(1_000)


def test_a_number_without_weight_tells_nothing():
    values, weight = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.5])
    gain = np.array([1.0, 0.5]) * np.array([0.6, 0.6]) / 0.4
    by_hand = np.log(FIRST_OWNS * np.prod(1 + STAKES[:, None] * gain, axis=1).mean())
    np.testing.assert_allclose(log_evidence_below(values, 0.6, weight=weight)[-1], by_hand)


def test_without_numbers_there_is_no_evidence():
    assert log_evidence_below([], 0.5).shape == (0,)


@pytest.mark.parametrize(
    ("values", "bound", "every", "message"),
    [
        ([1.5], 0.5, 50, "values"),
        ([1.0], 1.0, 50, "bound"),
        ([1.0], [0.0], 50, "bound"),
        ([1.0], 0.5, 0, "every"),
    ],
)
def test_what_is_no_share_or_no_bound_is_refused(values, bound, every, message):
    with pytest.raises(ValueError, match=message):
        log_evidence_below(values, bound, every=every)
