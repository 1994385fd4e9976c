"""The benchmark metrics by closed forms, identities and an independent search."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from rewardsvc.benchmarks.metrics import (
    accuracy_without_ties,
    mean_correlation,
    pair_counts,
    prompt_correlations,
    random_ranking_accuracy,
    ranking_correct,
    strict_ranking_accuracy,
    tie_calibrated_accuracy,
)

NAN = float("nan")
labels = st.sampled_from([1, 0, -1])
coarse = st.integers(-4, 4).map(lambda n: n / 2)
pairs = st.lists(st.tuples(coarse, labels), min_size=1, max_size=30)
groups = st.lists(st.lists(coarse, min_size=3, max_size=3), min_size=1, max_size=6)


def by_hand(gap, human, threshold):
    """Return the three-way accuracy at a threshold, pair by pair."""
    said = [0 if abs(d) <= threshold else (d > 0) - (d < 0) or None for d in gap]
    return sum(a == b for a, b in zip(said, human, strict=True)) / len(gap)


@given(pairs)
def test_the_calibrated_threshold_is_the_smallest_of_the_best(rows):
    gap, human = zip(*rows, strict=True)
    candidates = [-1.0, *sorted({abs(d) for d in gap})]
    values = [by_hand(gap, human, t) for t in candidates]
    found = tie_calibrated_accuracy(gap, human)
    assert found == (max(values), candidates[values.index(max(values))])
    applied = tie_calibrated_accuracy(gap, human, threshold=found.threshold)
    assert applied == found


@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_pairs_is_irrelevant_but_for_one_published_convention(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    for convention in ("distinct", "bench"):
        before = tie_calibrated_accuracy(*zip(*rows, strict=True), convention=convention)
        after = tie_calibrated_accuracy(*zip(*shuffled, strict=True), convention=convention)
        assert after == before


@given(pairs)
def test_no_published_convention_is_below_what_its_thresholds_reach(rows):
    gap, human = zip(*rows, strict=True)
    distinct = tie_calibrated_accuracy(gap, human).accuracy
    bench = tie_calibrated_accuracy(gap, human, convention="bench").accuracy
    genai = tie_calibrated_accuracy(gap, human, convention="genai").accuracy
    assert bench <= distinct
    assert genai >= max(by_hand(gap, human, abs(d)) for d in gap)


@given(pairs)
def test_swapping_the_candidates_of_every_pair_changes_nothing(rows):
    gap, human = map(np.array, zip(*rows, strict=True))
    assert accuracy_without_ties(-gap, -human) == accuracy_without_ties(gap, human)
    assert tie_calibrated_accuracy(-gap, -human) == tie_calibrated_accuracy(gap, human)
    assert sum(pair_counts(gap, human, 0.5)) == len(gap)


def test_the_worked_examples_of_the_document_hold():
    # One tie and one decided pair with the same gap: no threshold gets both right.
    assert tie_calibrated_accuracy([0.5, 0.5], [0, 1]) == (0.5, -1.0)
    assert tie_calibrated_accuracy([0.5, 0.5], [0, 1], convention="bench") == (0.5, 0.0)
    assert tie_calibrated_accuracy([0.5, 0.5], [0, 1], convention="genai").accuracy == 1.0
    assert tie_calibrated_accuracy([0.5, 0.5], [1, 0], convention="genai").accuracy == 0.5
    # One right pair: the state without ties is never read.
    assert tie_calibrated_accuracy([1.0], [1], convention="genai").accuracy == 0.0
    assert tie_calibrated_accuracy([1.0], [1]).accuracy == 1.0
    # Equal scores: the later candidate ranks first.
    scores, human = [[1.0, 1.0], [1.0, 1.0]], [[2, 1], [1, 2]]
    assert ranking_correct(scores, human, convention="official").tolist() == [True, False]
    assert ranking_correct(scores, human).tolist() == [False, False]
    # A threshold that calls both pairs ties: only the strict convention applies it to a winner.
    scores, human = [[0.2, 0.1], [0.1, 0.2]], [[1, 2], [1, 1]]
    assert strict_ranking_accuracy(scores, human, threshold=0.5, convention="official") == 1.0
    assert strict_ranking_accuracy(scores, human, threshold=0.5) == 0.5
    # Correlations of 1 and 0: the published average is neither mean nor inverse Fisher.
    pred, judged = [1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 2, 4, 1, 3]
    editor = ["x"] * 4 + ["y"] * 4
    assert mean_correlation(pred, judged, editor).value == pytest.approx(0.5)
    published = mean_correlation(pred, judged, editor, average="published").value
    assert published == pytest.approx(np.tanh(0.5))


def test_a_pair_without_a_winner_is_no_right_answer():
    assert accuracy_without_ties([0.0, 1.0], [1, 1]) == 0.5
    assert tie_calibrated_accuracy([0.0, 0.0], [1, -1]) == (0.0, -1.0)
    assert tie_calibrated_accuracy([0.0], [0]) == (1.0, 0.0)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_chance_orders_k_candidates_in_each_way_alike(k):
    human = list(range(1, k + 1))
    every = [list(order) for order in permutations(range(k))]
    exact = strict_ranking_accuracy(every, [human] * len(every))
    assert random_ranking_accuracy([human]) == pytest.approx(exact)
    coins = 2.0 ** -(k * (k - 1) / 2)
    assert random_ranking_accuracy([human], scorer="pairs") == coins
    assert random_ranking_accuracy([[1] * k, human]) == pytest.approx(exact / 2)


@given(groups)
def test_scores_rank_themselves_exactly_in_any_monotone_scale(scores):
    ranks = [[1 + sum(other > one for other in group) for one in group] for group in scores]
    stretched = [np.exp(group).tolist() for group in scores]
    assert strict_ranking_accuracy(scores, ranks) == 1.0
    assert strict_ranking_accuracy(stretched, ranks) == 1.0
    wide = strict_ranking_accuracy(scores, ranks, threshold=100.0)
    assert wide == np.mean([len(set(group)) == 1 for group in scores])


@given(st.lists(st.tuples(coarse, coarse, st.sampled_from("xyz")), min_size=1, max_size=30))
def test_correlations_are_those_of_scipy_and_constant_groups_are_counted(rows):
    pred, human, group = map(np.array, zip(*rows, strict=True))
    found = mean_correlation(pred, human, group)
    expected = {}
    for name in np.unique(group).tolist():
        here = group == name
        if np.ptp(pred[here]) > 0 and np.ptp(human[here]) > 0:
            expected[name] = spearmanr(pred[here], human[here]).statistic
    assert found.per_group == pytest.approx(expected)
    assert found.left_out == len(np.unique(group)) - len(expected)
    assert found.value == (pytest.approx(np.mean(list(expected.values()))) if expected else None)


def test_values_that_differ_in_the_last_bit_are_equal():
    equal = [0.1 + 0.2, 0.3, 1.0]
    assert mean_correlation(equal, [1, 1, 2], ["x"] * 3).value == pytest.approx(1)


def test_a_perfect_editor_does_not_make_the_fisher_average_infinite():
    perfect = [1, 2, 3]
    found = mean_correlation(perfect, perfect, ["x"] * 3, average="fisher")
    assert found.value == pytest.approx(1)


def test_standardising_removes_the_level_of_each_prompt():
    prompt, human = ["p", "p", "q", "q"], [1, 2, 1, 2]
    found = prompt_correlations([0.0, 1.0, 50.0, 90.0], human, prompt)
    assert found == (1.0, 1.0, 2, 2)
    alone = prompt_correlations([1.0, 2.0], [1, 2], ["p", "q"])
    assert alone == (None, None, 0, 2)


def test_nothing_to_measure_is_undefined_not_zero():
    assert accuracy_without_ties([], []) is None
    assert accuracy_without_ties([0.3, 0.4], [0, 0]) is None
    assert tie_calibrated_accuracy([], []) == (None, None)
    assert strict_ranking_accuracy([], []) is None
    assert random_ranking_accuracy([]) is None
    assert mean_correlation([], [], []) == (None, {}, 0)
    assert mean_correlation([1, 1], [1, 2], ["x", "x"]) == (None, {}, 1)
    assert mean_correlation([1], [1], ["x"]).left_out == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy_without_ties([NAN, 1], [1, 1]), "1 of 2 values of gap are not finite"),
        (lambda: accuracy_without_ties([1], [1, 1]), "gap 1, human 2"),
        (lambda: accuracy_without_ties([1], [2]), "a human label is 1"),
        (lambda: accuracy_without_ties([[1]], [[1]]), "shape"),
        (lambda: accuracy_without_ties(["1"], [1]), "must hold numbers"),
        (lambda: tie_calibrated_accuracy([1], [1], convention="best"), "convention must be one"),
        (lambda: tie_calibrated_accuracy([1], [1], threshold=NAN), "threshold must be a number"),
        (lambda: strict_ranking_accuracy([[1, 2]], [[1, 2, 3]]), "2 scores, but 3 ranks"),
        (lambda: strict_ranking_accuracy([[1, 2], [1]], [[1, 2], [1]]), "group 1 has 1 candidates"),
        (lambda: strict_ranking_accuracy([[1, NAN]], [[1, 2]]), "scores of group 0"),
        (lambda: strict_ranking_accuracy([[1, 2]], []), "1 groups of scores, but 0 of ranks"),
        (lambda: strict_ranking_accuracy([[1, 2]], [None]), "group 0 has no ranks"),
        (lambda: strict_ranking_accuracy([], [], convention="best"), "convention must be one"),
        (lambda: mean_correlation([1], [1], [None]), "every row needs a group"),
        (lambda: mean_correlation([1], [1], [NAN]), "every row needs a group"),
        (lambda: mean_correlation([1, 2], [1, 2], np.array(["a", 1], object)), "all numbers or"),
        (lambda: mean_correlation([1], [np.inf], ["x"]), "values of human are not finite"),
        (lambda: mean_correlation([1], [1], ["x"], average="mean"), "average must be one of"),
        (lambda: prompt_correlations([1], [1], [["x"]]), "prompt must have the shape"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
