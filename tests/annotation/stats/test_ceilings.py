"""Human ceilings: each rater against the mean of the others."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import spearmanr

from annotation.stats.ceilings import human_correlation, human_pair_accuracy

NAN = np.nan
EDITORS = ("BlendedDiffusion", "Glide", "SDInpaint", "SDXLInpaint")
STYLES = {
    "plain": "plain_mean",
    "published": "published_style_tanh_of_mean_of_tanh",
    "fisher": "fisher",
}
some_ratings = arrays.arrays(
    float, st.tuples(st.integers(2, 4), st.integers(2, 12)), elements=st.integers(1, 4)
)


@pytest.fixture(scope="module")
def oracle(oracles):
    return oracles["h2h-mask"]


@pytest.fixture(scope="module")
def mask_guided(reference_data):
    """Return {"SC", "PQ", "O"} -> ratings (3, 716), and the editor of each unit."""
    raters = []
    for n in (1, 2, 3):
        path = reference_data / "data" / "imagenhub_mask_guided" / f"Mask-Guided_IE_rater{n}.tsv"
        with path.open(newline="") as file:
            raters.append({row["uid"]: row for row in csv.DictReader(file, delimiter="\t")})
    cells = np.array(
        [[json.loads(r[uid][e]) for uid in sorted(raters[0]) for e in EDITORS] for r in raters]
    )
    consistency, quality = cells[:, :, 0], cells[:, :, 1]
    ratings = {"SC": consistency, "PQ": quality, "O": np.sqrt(consistency * quality)}
    return ratings, np.tile(EDITORS, len(raters[0]))


@pytest.mark.parametrize("dimension", ["SC", "PQ", "O"])
def test_each_raters_correlation_is_the_reference_number(mask_guided, oracle, dimension):
    ratings, editor = mask_guided
    found = human_correlation(ratings[dimension], group=editor)
    for row, name in zip(found.correlations, found.groups, strict=True):
        assert row == pytest.approx(oracle["expected"][dimension][name], abs=oracle["tol"])
    assert found.n_left_out == 0


@pytest.mark.parametrize("average", STYLES)
@pytest.mark.parametrize("dimension", ["SC", "PQ", "O"])
def test_each_convention_has_its_reference_number(mask_guided, oracle, dimension, average):
    ratings, editor = mask_guided
    found = human_correlation(ratings[dimension], group=editor, average=average)
    expected = oracle["expected"][dimension]["summary"][STYLES[average]]
    assert found.value == pytest.approx(expected, abs=oracle["tol"])


@given(some_ratings)
def test_two_raters_have_the_correlation_of_scipy(ratings):
    found = human_correlation(ratings[:2]).correlations[0]
    if np.ptp(ratings[0]) == 0 or np.ptp(ratings[1]) == 0:
        assert np.isnan(found).all()
    else:
        expected = spearmanr(ratings[0], ratings[1]).statistic
        assert found == pytest.approx([expected, expected])


@given(some_ratings, st.randoms(use_true_random=False))
def test_the_order_of_raters_and_units_is_irrelevant(ratings, random):
    raters, units = list(range(ratings.shape[0])), list(range(ratings.shape[1]))
    random.shuffle(raters)
    random.shuffle(units)
    before, after = human_correlation(ratings), human_correlation(ratings[raters][:, units])
    assert after.value == (None if before.value is None else pytest.approx(before.value))
    assert human_pair_accuracy(ratings[raters][:, units]) == human_pair_accuracy(ratings)


@given(some_ratings)
def test_only_the_order_of_a_rater_of_two_matters(ratings):
    stretched = np.stack([np.exp(ratings[0]), ratings[1]])
    one, other = human_correlation(stretched), human_correlation(ratings[:2])
    assert one.value == (None if other.value is None else pytest.approx(other.value))


def test_raters_in_perfect_order_reach_one_under_every_mean_but_the_published():
    ratings = np.array([[1, 2, 3, 4], [1, 2, 3, 4], [2, 3, 4, 4]])[:2]
    assert human_correlation(ratings).value == pytest.approx(1)
    assert human_correlation(ratings, average="fisher").value == pytest.approx(1)
    twice = np.tanh(np.tanh(1.0))
    assert human_correlation(ratings, average="published").value == pytest.approx(twice)


def test_a_constant_rater_is_left_out_and_counted_never_nan():
    ratings = np.array([[1.0, 2, 3, 4], [1, 2, 3, 4], [2, 2, 2, 2]])
    found = human_correlation(ratings)
    assert (found.n_left_out, found.value) == (1, pytest.approx(1))
    assert human_correlation(ratings[2:].repeat(2, axis=0)).value is None


def test_a_vote_counts_only_where_somebody_else_voted():
    ratings = np.array([[1.0, 2, 3, NAN], [1, 3, 2, 4]])
    assert human_correlation(ratings).correlations[0] == pytest.approx([0.5, 0.5])
    assert human_pair_accuracy(ratings) == (pytest.approx(2 / 3), 6)


def test_pairs_are_formed_within_groups_and_ties_left_out():
    ratings = np.array([[1.0, 2, 5, 5], [1, 2, 1, 2]])
    assert human_pair_accuracy(ratings, group=["a", "a", "b", "b"]) == (1.0, 2)
    assert human_pair_accuracy(ratings, group=list("abcd")) == (None, 0)


@pytest.mark.parametrize(
    ("ratings", "how", "message"),
    [
        ([[1, 2]], {}, "two raters or more"),
        ([1, 2], {}, "shape"),
        ([[1, np.inf], [1, 2]], {}, "must be finite"),
        ([[1, 2], [2, 1]], {"group": ["a"]}, "group names 1 units, ratings have 2"),
        ([[1, 2], [2, 1]], {"group": [NAN, 1]}, "group must not be NaN"),
        ([[1, 2], [2, 1]], {"average": "mean"}, "average must be one of"),
    ],
)
def test_bad_input_is_refused_by_name(ratings, how, message):
    with pytest.raises(ValueError, match=message):
        human_correlation(ratings, **how)
