"""Wald's sequential test on gold: bounds, paths by hand, and its error rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.annotators import sprt


def test_the_bounds_are_walds():
    found = sprt([], p0=0.9, p1=0.7, alpha=0.05, beta=0.1)
    assert (found.low, found.high) == pytest.approx((np.log(0.1 / 0.95), np.log(0.9 / 0.05)))
    assert (found.decision, found.n_used) == ("continue", 0)


def test_right_and_wrong_answers_move_the_ratio_by_their_likelihoods():
    found = sprt([1, 0, 1], p0=0.9, p1=0.7)
    right, wrong = np.log(0.7 / 0.9), np.log(0.3 / 0.1)
    assert found.log_ratio == pytest.approx([right, right + wrong, 2 * right + wrong])


def test_three_wrong_answers_reject_and_twelve_right_ones_accept():
    """log 3 = 1.099 a wrong answer against log 19 = 2.944; log(9 / 7) = .251 a right one."""
    assert sprt([0, 0, 0], p0=0.9, p1=0.7)[:2] == ("reject", 3)
    assert sprt([1] * 20, p0=0.9, p1=0.7)[:2] == ("accept", 12)


def test_ten_golds_with_two_errors_decide_nothing():
    correct = [1, 1, 1, 0, 1, 1, 1, 1, 0, 1]
    assert sprt(correct, p0=0.9, p1=0.7).decision == "continue"


@given(st.lists(st.booleans(), min_size=1, max_size=80))
def test_answers_after_the_decision_change_nothing(correct):
    whole = sprt(correct, p0=0.85, p1=0.6)
    until = sprt(correct[: whole.n_used], p0=0.85, p1=0.6)
    assert until[:2] == whole[:2]


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(0, 39))
def test_a_wrong_answer_more_never_helps(correct, place):
    worse = list(correct)
    worse[place % len(worse)] = False
    before, after = (sprt(answers, p0=0.9, p1=0.7) for answers in (correct, worse))
    assert (after.log_ratio >= before.log_ratio).all()
    if before.decision == "reject":
        assert after.decision == "reject"
    if after.decision == "accept":
        assert before.decision == "accept"


@pytest.mark.parametrize(("accuracy", "wrongly"), [(0.9, "reject"), (0.7, "accept")])
def test_wrong_decisions_are_as_rare_as_promised(accuracy, wrongly):
    rng = np.random.default_rng(7)
    found = [sprt(rng.random(600) < accuracy, p0=0.9, p1=0.7) for _ in range(1500)]
    assert all(one.decision != "continue" for one in found)
    assert np.mean([one.decision == wrongly for one in found]) <= 0.05 / 0.95
    expected = found[0].expected_n_p0 if accuracy == 0.9 else found[0].expected_n_p1
    assert np.mean([one.n_used for one in found]) == pytest.approx(expected, rel=0.25)


def test_a_million_answers_add_up_without_rounding():
    correct = np.tile([1] * 4 + [0], 200_000)  # 4 of 5 lie between the two accuracies
    found = sprt(correct, p0=0.9, p1=0.7)
    right, wrong = np.log(0.7 / 0.9), np.log(0.3 / 0.1)
    assert found.log_ratio[-1] == pytest.approx(800_000 * right + 200_000 * wrong, rel=1e-12)


@pytest.mark.parametrize(
    ("correct", "how", "message"),
    [
        ([1], {"p0": 0.7, "p1": 0.9}, "0 < p1 < p0 < 1"),
        ([1], {"p0": 1.0, "p1": 0.9}, "0 < p1 < p0 < 1"),
        ([1], {"p0": 0.9, "p1": 0.7, "alpha": 0.6, "beta": 0.5}, "alpha and beta"),
        ([1], {"p0": 0.9, "p1": 0.7, "alpha": 0}, "alpha and beta"),
        ([0.5], {"p0": 0.9, "p1": 0.7}, "correct"),
    ],
)
def test_bad_input_is_refused_by_name(correct, how, message):
    with pytest.raises(ValueError, match=message):
        sprt(correct, **how)
