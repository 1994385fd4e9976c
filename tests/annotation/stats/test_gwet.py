"""Gwet's AC1 and AC2: reference numbers, closed forms, identities, and what is refused."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotation.stats.agreement import (
    bootstrap_gwet_ac,
    gwet_ac,
    raw_agreement,
    why_gwet_undefined,
)
from annotation.stats.chance_corrected import brennan_prediger, fleiss_of_ratings
from tests.annotation.stats.tables import from_table

NAN = np.nan
WEIGHTS = ("identity", "linear", "quadratic", "ordinal")
# Gwet's four raters: also Krippendorff's example C, with gaps.
FOUR_RATERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)
some_ratings = arrays.arrays(
    float,
    st.tuples(st.integers(2, 4), st.integers(2, 10)),
    elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, NAN]),
)


def test_gwets_four_raters_have_his_numbers():
    value, error, low, high = gwet_ac(FOUR_RATERS)
    assert (value, error) == pytest.approx((0.77544, 0.14295), abs=5e-5)
    assert (low, high) == (pytest.approx(0.461, abs=5e-4), 1.0)
    assert gwet_ac(FOUR_RATERS, weights="quadratic").value == pytest.approx(0.91400, abs=5e-5)
    assert fleiss_of_ratings(FOUR_RATERS) == pytest.approx(0.76117, abs=5e-5)
    assert brennan_prediger(FOUR_RATERS) == pytest.approx(0.77273, abs=5e-5)


def test_three_judges_of_answers_have_the_reference_ac1(reference_data, oracles):
    path = reference_data / "data" / "pandalm" / "pairwise_3annotators.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    raters = [name for name in rows[0] if name.startswith("annotator")]
    ratings = np.array([[float(row[rater]) for row in rows] for rater in raters])
    expected = oracles["pandalm-agree"]["expected"]
    assert gwet_ac(ratings).value == pytest.approx(expected["ac1"], abs=5e-5)
    assert fleiss_of_ratings(ratings) == pytest.approx(expected["fleiss"], abs=5e-5)


def test_ratings_of_edits_have_the_reference_ac1(reference_data, oracles):
    raters = []
    for n in (1, 2, 3):
        path = reference_data / "data" / "imagenhub_mask_guided" / f"Mask-Guided_IE_rater{n}.tsv"
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        raters.append([json.loads(row[e])[0] for row in rows for e in row if e != "uid"])
    found = gwet_ac(np.array(raters, dtype=float))
    assert found.value == pytest.approx(oracles["ih-mask"]["expected"]["SC_ac1"], abs=5e-5)


def test_rare_flags_keep_their_agreement_where_kappa_loses_it():
    """118 times neither, 5 and 2 times one of two: raw .944, AC1 .9408, kappa below 0."""
    ratings = from_table([[118, 5], [2, 0]])
    assert raw_agreement(ratings) == pytest.approx(0.944)
    assert gwet_ac(ratings).value == pytest.approx(0.9408, abs=5e-5)
    assert fleiss_of_ratings(ratings) == pytest.approx(-0.0288, abs=5e-5)


def test_two_categories_of_two_raters_have_the_closed_form():
    ratings = from_table([[20, 5], [10, 15]])
    yes = (25 + 30) / 2 / 50
    chance = 2 * yes * (1 - yes)
    assert gwet_ac(ratings).value == pytest.approx((0.7 - chance) / (1 - chance))


def test_ordinal_weights_count_pairs_of_categories_between():
    """Of 1, 2, 3 and 4 the weights of one, two and three steps are 5/6, 3/6 and 0."""
    ratings = np.array([[1.0, 1, 1, 2, 4], [2, 3, 4, 2, 4]])
    observed = (5 / 6 + 3 / 6 + 0 + 1 + 1) / 5
    shares = np.array([3, 3, 1, 3]) / 10
    total = 4 + 2 * (3 * 5 / 6 + 2 * 3 / 6)
    chance = total / 12 * (shares * (1 - shares)).sum()
    found = gwet_ac(ratings, weights="ordinal").value
    assert found == pytest.approx((observed - chance) / (1 - chance))


def test_a_category_that_nobody_chose_counts_when_it_is_named():
    ratings = from_table([[20, 5], [10, 15]])
    assert gwet_ac(ratings, categories=[1, 2, 3]).value > gwet_ac(ratings).value
    with pytest.raises(ValueError, match=r"outside the categories: 1\.0"):
        gwet_ac(ratings, categories=[2, 3])


@pytest.mark.parametrize("weights", WEIGHTS)
@given(ratings=some_ratings, seed=st.integers(0, 99))
def test_the_order_of_raters_and_units_is_irrelevant(weights, ratings, seed):
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(rng.permutation(ratings.T).T, axis=0)
    assert gwet_ac(shuffled, weights=weights) == pytest.approx(gwet_ac(ratings, weights=weights))


@given(some_ratings)
def test_renaming_categories_leaves_ac1_as_it_is(ratings):
    renamed = np.array([NAN, 7, -3, 40, 0.5])[np.nan_to_num(ratings).astype(int)]
    assert gwet_ac(renamed) == pytest.approx(gwet_ac(ratings))


@given(some_ratings)
def test_turning_the_scale_round_leaves_ac2_as_it_is(ratings):
    for weights in ("linear", "quadratic", "ordinal"):
        there, back = gwet_ac(ratings, weights=weights), gwet_ac(5 - ratings, weights=weights)
        assert back == pytest.approx(there)


def test_a_units_standard_error_is_near_the_spread_over_samples():
    """Linearised standard errors of 300 samples against the spread of their values."""
    rng = np.random.default_rng(3)
    truth = rng.integers(1, 5, (300, 120))
    wrong = rng.random((300, 3, 120)) < 0.3
    votes = np.where(wrong, rng.integers(1, 5, (300, 3, 120)), truth[:, None])
    found = [gwet_ac(sample.astype(float)) for sample in votes]
    spread = np.std([one.value for one in found])
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.15)


def test_the_bootstrap_agrees_with_the_linearised_interval():
    rng = np.random.default_rng(5)
    truth = rng.integers(1, 5, 600)
    votes = np.where(rng.random((3, 600)) < 0.3, rng.integers(1, 5, (3, 600)), truth)
    plain, drawn = gwet_ac(votes.astype(float)), bootstrap_gwet_ac(votes.astype(float))
    assert drawn.estimate == pytest.approx(plain.value)
    assert (drawn.low, drawn.high) == pytest.approx((plain.low, plain.high), abs=0.01)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.full((2, 3), NAN), "There are no votes."),
        (np.empty((2, 0)), "There are no votes."),
        ([[1, NAN], [NAN, 2]], "No unit has votes of two or more raters."),
        ([[1, 1], [1, 1]], "All votes are the same value"),
    ],
)
def test_what_is_undefined_has_a_reason_and_no_number(ratings, reason):
    assert why_gwet_undefined(ratings).startswith(reason)
    assert gwet_ac(ratings) == (None, None, None, None)
    assert bootstrap_gwet_ac(ratings).estimate is None


def test_one_unit_has_a_value_and_no_error():
    found = gwet_ac([[1.0], [2.0]])
    assert found.value is not None
    assert (found.standard_error, found.low, found.high) == (None, None, None)


@pytest.mark.parametrize(
    ("ratings", "how", "message"),
    [
        ([1, 2], {}, "shape"),
        ([[1, np.inf]], {}, "must be finite"),
        ([[1, 2]], {"weights": "cubic"}, "weights must be one of"),
        ([np.arange(1001), np.arange(1001)], {}, "at most 1000 categories"),
    ],
)
def test_bad_input_is_refused_by_name(ratings, how, message):
    with pytest.raises(ValueError, match=message):
        gwet_ac(ratings, **how)


def test_a_million_units_are_read():
    rng = np.random.default_rng(0)
    votes = rng.integers(1, 5, (3, 1_000_000)).astype(float)
    assert gwet_ac(votes, weights="quadratic").value == pytest.approx(0, abs=0.005)
