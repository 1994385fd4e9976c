"""The rules on evidence of known people, and the evidence against counts by hand."""

import math

import numpy as np
import pytest

from annotation.quality.evidence import (
    Evidence,
    agreement,
    left_wins,
    preferences,
)
from annotation.quality.rules import ODDS, RULES, check, decide


def draws(share, n, seed=0):
    return np.random.default_rng(seed).random(n) < share


def found(rule, **evidence):
    [one] = [one for one in check(Evidence(**evidence)) if one.rule == rule]
    return one


def test_nothing_is_known_of_a_newcomer_and_each_rule_says_why():
    findings = check(Evidence())
    assert [one.rule for one in findings] == list(RULES)
    assert all((one.action, one.n, one.value) == (None, 0, None) for one in findings)
    assert all(one.why_undefined.endswith(".") for one in findings)
    assert decide(findings) is None


@pytest.mark.parametrize("side", ["left", "right"])
def test_whoever_always_takes_one_side_is_paused_with_the_numbers_in_words(side):
    values = np.full(60, 1.0 if side == "left" else 0.0)
    one = found("left_share", left=values)
    assert one.action == "pause"
    assert one.reason.startswith(f"The {side} edit won in 100% of 60 decided answers")
    assert one.low < 1.0 <= one.high
    assert one.odds > ODDS["pause"]


def test_three_lefts_in_a_row_accuse_nobody():
    assert found("left_share", left=np.ones(3)).action is None


def test_gold_accuses_by_the_test_and_not_by_the_share():
    few, many = (found("gold", gold=np.zeros(n, dtype=bool)) for n in (2, 40))
    assert (few.value, few.action) == (0.0, None)
    assert many.action == "pause"
    assert found("gold", gold=draws(0.9, 200)).action is None


def test_repeats_accuse_whoever_answers_at_random():
    assert found("repeats", repeats=draws(0.3, 100)).action == "pause"
    assert found("repeats", repeats=draws(0.85, 100)).action is None


def matches(share, n, *, seed=0):
    """Return matches around 1/2 + share / 4 of answers whose other votes are half clear."""
    noise = np.random.default_rng(seed).normal(0, 0.3, n)
    return np.clip(0.5 + share / 4 + noise, 0, 1), np.full(n, 0.5)


def test_answers_unrelated_to_the_others_are_found_and_usual_ones_are_not():
    at_chance, usual = (
        found("agreement", match=match, weight=weight, typical=0.5)
        for match, weight in (matches(0.0, 150), matches(1.0, 150))
    )
    assert (at_chance.action, usual.action) == ("pause", None)
    assert at_chance.reason.startswith("150 answers go with the others’ and the gold")
    assert at_chance.high < 0.7 < usual.high
    assert at_chance.low < 0.0 < at_chance.high


def test_gold_adds_to_the_evidence_of_agreement():
    match, weight = matches(0.0, 40)
    alone = found("agreement", match=match, weight=weight, typical=0.5)
    beside = found("agreement", match=match, weight=weight, typical=0.5, gold=draws(0.3, 10))
    assert beside.odds > 2 * alone.odds
    assert beside.n == 50


def test_where_everybody_is_at_chance_agreement_says_nothing():
    match, weight = matches(0.0, 200)
    one = found("agreement", match=match, weight=weight, typical=0.01)
    assert (one.action, one.n) == (None, 0)
    assert "too little" in one.why_undefined


def test_the_strongest_action_of_the_rules_that_run_is_taken():
    findings = check(Evidence(left=np.ones(60), gold=draws(0.4, 30)))
    assert decide(findings) == "pause"
    assert decide(findings, rules=["repeats"]) is None


def test_preferences_are_of_each_pair_on_verdict_and_dimensions():
    ranks = np.array([[1, 2, 2, 0]])
    scores = np.full((1, 4, 2), np.nan)
    scores[0, :3] = [[4, 1], [2, 1], [3, np.nan]]
    none = np.nan
    # Pairs: 01, 02, 03, 12, 13, 23. A verdict counts in full, as do 1.5 levels of a score.
    expected = [
        [1, 1, none, 0, none, none],
        [1, 2 / 3, none, -2 / 3, none, none],
        [0, none, none, none, none, none],
    ]
    np.testing.assert_allclose(preferences(ranks, scores)[0], expected)


def test_agreement_is_with_the_others_only_and_clear_votes_weigh_more():
    person, comparison = np.array([1, 2, 3, 1, 2]), np.array([7, 7, 7, 8, 9])
    preferred = np.full((5, 1, 6), np.nan)
    preferred[:, 0, 0] = [1, 1, -1, 1, 0]
    result = agreement(person, comparison, preferred)
    # The others of the first two are one for and one against: no direction.
    np.testing.assert_allclose(result.match, [0.5, 0.5, 0.0, math.nan, math.nan])
    np.testing.assert_allclose(result.weight, [0.0, 0.0, 2 / 3, math.nan, math.nan])
    assert result.typical is None


@pytest.mark.parametrize("habit", [1.0, -1.0, 0.0])
def test_a_habit_alone_matches_by_a_half_whatever_it_is(habit):
    rng = np.random.default_rng(3)
    truth = rng.choice([-1.0, 1.0], 2_000)
    preferred = np.full((6_000, 1, 6), np.nan)
    # The canonical order is drawn by hash, so a habit of the screen is no habit of candidates.
    preferred[:, 0, 0] = [*truth, *truth, *(habit * rng.choice([-1.0, 1.0], 2_000))]
    person, comparison = np.repeat([1, 2, 3], 2_000), np.tile(np.arange(2_000), 3)
    match = agreement(person, comparison, preferred).match[4_000:]
    assert match.mean() == pytest.approx(0.5, abs=0.03)


def test_typical_is_the_middle_person_so_that_two_bad_of_six_do_not_decide_it():
    rng = np.random.default_rng(3)
    truth = rng.choice([-1.0, 1.0], 300)
    answers = [truth if who < 4 else rng.choice([-1.0, 1.0], 300) for who in range(6)]
    preferred = np.full((1_800, 1, 6), np.nan)
    preferred[:, 0, 0] = np.concatenate(answers)
    person, comparison = np.repeat(range(6), 300), np.tile(np.arange(300), 6)
    result = agreement(person, comparison, preferred)
    known = [result.match[person == who].mean() for who in range(6)]
    assert max(known[4:]) < 0.65
    assert min(known[:4]) > 0.9
    assert result.typical > 0.6


def test_left_is_by_screen_position_and_ties_are_left_out():
    verdict = np.full((3, 6), np.nan)
    verdict[:, 0] = [1, -1, 0]
    shown = np.array([[0, 1, -1, -1], [1, 0, -1, -1], [0, 1, -1, -1]])
    np.testing.assert_allclose(left_wins(shown, verdict), [1.0, 1.0, math.nan])
