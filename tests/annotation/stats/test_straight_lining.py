"""The same answer again and again: runs, their bound, and entropy."""

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.annotators import straight_lining
from annotation.stats.straight_lining import run_chance

answers = st.lists(st.sampled_from("LRT"), min_size=1, max_size=50)


def test_the_longest_run_is_found_with_its_start():
    found = straight_lining(list("LRRRLLT"), 3)
    assert (found.n, found.longest_run, found.run_start) == (7, 3, 1)


@given(answers)
def test_runs_are_those_of_counting_along(given_answers):
    longest = max(len(list(group)) for _, group in groupby(given_answers))
    found = straight_lining(given_answers, 3)
    assert found.longest_run == longest
    start = found.run_start
    assert len(set(given_answers[start : start + longest])) == 1


@given(answers, st.permutations("LRT"))
def test_names_of_answers_are_irrelevant(given_answers, names):
    renamed = [names["LRT".index(one)] for one in given_answers]
    assert straight_lining(renamed, 3) == pytest.approx(straight_lining(given_answers, 3))


def test_entropy_is_nought_for_one_answer_and_one_for_all_alike():
    assert straight_lining(["L"] * 5, 2).entropy == 0
    assert straight_lining(list("LRT"), 3).entropy == pytest.approx(1)
    assert straight_lining(["L"], 2).entropy is None


def test_the_bound_holds_over_random_orders():
    """400 orders of 30 answers: runs of five or more are no more frequent than their bound."""
    rng = np.random.default_rng(0)
    found = [straight_lining(rng.integers(0, 3, 30), 3) for _ in range(400)]
    long = [one for one in found if one.longest_run >= 6]
    assert len(long) / 400 <= 25 * 3 * (1 / 3) ** 6 + 3 * np.sqrt(0.1 / 400)
    assert all(0 < one.run_bound <= 1 for one in found)


def test_missing_answers_are_refused():
    with pytest.raises(ValueError, match="answer must not be None"):
        straight_lining(["L", None], 2)
    with pytest.raises(ValueError, match="answer must not be NaN"):
        straight_lining([1.0, np.nan], 2)


def test_a_run_among_a_million_answers_is_found():
    answer = np.arange(1_000_000) % 3
    answer[500_000:500_040] = 1
    found = straight_lining(answer, 3)
    assert 40 <= found.longest_run <= 42
    assert found.run_bound < 1e-9


def test_no_answers_have_no_run():
    assert straight_lining([], 2) == (0, 0, None, None, None)


@pytest.mark.parametrize(("given_answers", "n_classes"), [(list("LRT"), 2), (["L"], 1), ([], 0)])
def test_too_few_classes_are_refused(given_answers, n_classes):
    with pytest.raises(ValueError, match="n_classes"):
        straight_lining(given_answers, n_classes)


@pytest.mark.parametrize("longest", range(1, 9))
def test_the_chance_of_a_run_of_one_side_bounds_that_of_all_sequences(longest):
    share = 0.4
    exact = 0.0
    for sides in product([True, False], repeat=8):
        run = max((len(list(group)) for side, group in groupby(sides) if side), default=0)
        if run >= longest:
            exact += share ** sum(sides) * (1 - share) ** (8 - sum(sides))
    bound = run_chance(8, longest, share)
    assert exact <= bound + 1e-12
    assert bound == pytest.approx(exact) or longest < 8


def test_a_person_who_knows_one_side_only_is_bounded_by_the_side_alone():
    assert straight_lining(["L"] * 30, 3).run_bound == 1
    assert run_chance(30, 30, 0.5) == pytest.approx(2.0**-30)


@pytest.mark.parametrize("wrong", [(3, 4, 0.5), (3, -1, 0.5), (3, 2, 1.5)])
def test_impossible_runs_are_refused(wrong):
    with pytest.raises(ValueError, match="need 0"):
        run_chance(*wrong)
