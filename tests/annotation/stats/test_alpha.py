"""Krippendorff's alpha against published tables and its definition."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.stats.agreement import krippendorff_alpha, raw_agreement, why_undefined
from tests.annotation.stats.tables import (
    KRIPPENDORFF_A,
    KRIPPENDORFF_B,
    KRIPPENDORFF_C,
    LEVELS,
    WIKIPEDIA,
    alpha_by_definition,
    alpha_by_matrix,
    from_counts,
)

NAN = np.nan
any_level = pytest.mark.parametrize("level", LEVELS)
votes = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(0, 9)),
    elements=st.sampled_from([NAN, NAN, 0.0, 1.0, 2.0, 5.0]),
)


@pytest.mark.parametrize(
    ("ratings", "level", "published"),
    [
        (KRIPPENDORFF_A, "nominal", 0.095238),
        (KRIPPENDORFF_B, "nominal", 0.691964),
        (KRIPPENDORFF_C, "nominal", 0.743421),
        (KRIPPENDORFF_C, "ordinal", 0.815388),
        (KRIPPENDORFF_C, "interval", 0.849107),
        (KRIPPENDORFF_C, "ratio", 0.797403),
        (WIKIPEDIA, "nominal", 0.691358),
        (WIKIPEDIA, "ordinal", 0.806721),
        (WIKIPEDIA, "interval", 0.810845),
        (WIKIPEDIA, "ratio", 0.808944),
    ],
)
def test_alpha_is_the_published_one(ratings, level, published):
    assert krippendorff_alpha(ratings, level) == pytest.approx(published, abs=1e-6)


def test_rare_disagreement_gives_a_low_alpha_beside_a_high_raw_agreement():
    # Feinstein and Cicchetti's paradox, cells [[118, 5], [2, 0]].
    pairs = np.repeat([[1, 1], [1, 2], [2, 1]], [118, 5, 2], axis=0).T
    assert raw_agreement(pairs) == pytest.approx(0.944)
    assert krippendorff_alpha(pairs, "nominal") == pytest.approx(-0.0247, abs=5e-5)


def test_nominal_alpha_is_fleiss_kappa_with_a_small_sample_correction():
    # Fleiss kappa .209931 of 10 items, 14 raters, 5 classes: Wikipedia, "Fleiss' kappa".
    counts = """0 0 0 0 14;0 2 6 4 2;0 0 3 5 6;0 3 9 2 0;2 2 8 1 1;7 7 0 0 0;3 2 6 3 0;2 5 3 2 2;
                6 5 2 1 0;0 2 2 3 7"""
    ratings = from_counts([[int(x) for x in row.split()] for row in counts.split(";")])
    corrected = 1 - (1 - 0.209931) * (140 - 1) / 140
    assert krippendorff_alpha(ratings, "nominal") == pytest.approx(corrected, abs=1e-6)


@any_level
@given(ratings=votes)
@settings(max_examples=60, deadline=None)
def test_alpha_is_its_definition(level, ratings):
    expected = alpha_by_definition(ratings, level)
    assert krippendorff_alpha(ratings, level) == (
        None if expected is None else pytest.approx(expected, abs=1e-12)
    )


@any_level
@pytest.mark.parametrize("seed", range(3))
def test_alpha_of_a_sparse_table_is_its_definition(level, seed):
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 8, (9, 20)).astype(float)
    ratings[rng.random(ratings.shape) < 0.6] = NAN
    expected = alpha_by_definition(ratings, level)
    assert krippendorff_alpha(ratings, level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("level", ["ordinal", "interval", "ratio"])
def test_alpha_of_a_continuous_scale_is_its_definition(level):
    rng = np.random.default_rng(3)
    ratings = rng.gamma(2, size=12) + rng.gamma(0.5, size=(4, 12))
    expected = alpha_by_definition(ratings, level)
    assert krippendorff_alpha(ratings, level) == pytest.approx(expected, abs=1e-12)


@any_level
@given(ratings=votes, seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_order_of_raters_and_units_changes_nothing(level, ratings, seed):
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(ratings, axis=0)[:, rng.permutation(ratings.shape[1])]
    assert krippendorff_alpha(shuffled, level) == krippendorff_alpha(ratings, level)
    assert raw_agreement(shuffled) == raw_agreement(ratings)


@given(ratings=votes)
def test_renaming_nominal_votes_changes_nothing(ratings):
    renamed = np.choose(np.nan_to_num(ratings).astype(int), [7.0, -3.0, 0.5, 0, 0, 2.0])
    renamed[np.isnan(ratings)] = NAN
    before = krippendorff_alpha(ratings, "nominal")
    after = krippendorff_alpha(renamed, "nominal")
    assert after == (None if before is None else pytest.approx(before, abs=1e-12))


@given(ratings=votes)
def test_each_metric_ignores_what_its_scale_does_not_mean(ratings):
    for level, changed in [
        ("ordinal", ratings**3 + 1),
        ("interval", 3 * ratings - 7),
        ("ratio", 0.3 * ratings),
    ]:
        before = krippendorff_alpha(ratings, level)
        after = krippendorff_alpha(changed, level)
        assert after == (None if before is None else pytest.approx(before, abs=1e-12))


@any_level
@given(ratings=votes)
def test_units_with_one_vote_contribute_nothing(level, ratings):
    alone = np.full((len(ratings), 3), NAN)
    alone[0] = 1, 9, 4
    more = np.hstack([alone, ratings])
    assert krippendorff_alpha(more, level) == krippendorff_alpha(ratings, level)
    assert raw_agreement(more) == raw_agreement(ratings)


@pytest.mark.parametrize("level", ["interval", "ratio"])
@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_very_large_and_very_small_votes_neither_overflow_nor_vanish(level, scale):
    alpha = krippendorff_alpha(KRIPPENDORFF_C * scale, level)
    assert alpha == pytest.approx(krippendorff_alpha(KRIPPENDORFF_C, level), abs=1e-12)


def test_votes_close_together_far_from_zero_keep_their_alpha():
    alpha = krippendorff_alpha(KRIPPENDORFF_C + 2**40, "interval")
    assert alpha == pytest.approx(krippendorff_alpha(KRIPPENDORFF_C, "interval"), abs=1e-12)


@any_level
def test_hundreds_of_raters_with_few_votes_each_are_counted_alike(level):
    rng = np.random.default_rng(5)
    dense = rng.integers(1, 5, (3, 300)).astype(float)
    sparse = np.full((500, 300), NAN)
    for column in range(300):
        sparse[rng.choice(500, 3, replace=False), column] = dense[:, column]
    assert krippendorff_alpha(sparse, level) == krippendorff_alpha(dense, level)


@any_level
def test_long_patterns_that_differ_in_their_lowest_votes_alone_stay_apart(level):
    # 31 values and "missing" are 5 bits a vote: the last 12 of 60 votes fill 64 bits.
    ratings = np.random.default_rng(6).integers(1, 32, (60, 25)).astype(float)
    ratings[30:] = 31
    expected = alpha_by_matrix(ratings, level)
    assert krippendorff_alpha(ratings, level) == pytest.approx(expected, abs=1e-10)


@any_level
def test_perfect_agreement_on_two_values_is_one(level):
    assert krippendorff_alpha([[1, 2, 1], [1, 2, 1]], level) == 1
    assert why_undefined([[1, 2, 1], [1, 2, 1]], level) is None


@any_level
@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (np.empty((0, 0)), "no votes"),
        (np.empty((3, 0)), "no votes"),
        (np.full((3, 4), NAN), "no votes"),
        ([[1, 2, 3]], "No unit has votes of two"),
        ([[1, 2, 3], [NAN, NAN, NAN]], "No unit has votes of two"),
        ([[1, NAN], [NAN, 2]], "No unit has votes of two"),
        ([[3, 3, 3], [3, 3, 3]], "the same value"),
        ([[3, 3, 1], [3, 3, NAN]], "the same value"),
    ],
)
def test_undefined_alpha_is_none_with_a_reason(level, ratings, reason):
    assert krippendorff_alpha(ratings, level) is None
    assert reason in why_undefined(ratings, level)


@any_level
@given(ratings=votes)
def test_there_is_a_reason_exactly_when_alpha_is_undefined(level, ratings):
    alpha = krippendorff_alpha(ratings, level)
    assert (alpha is None) == (why_undefined(ratings, level) is not None)
    assert alpha is None or -np.inf < alpha <= 1


@pytest.mark.parametrize("function", [krippendorff_alpha, why_undefined])
@pytest.mark.parametrize(
    ("ratings", "level", "message"),
    [
        (KRIPPENDORFF_C, "cardinal", "level must be one of nominal, ordinal, interval, ratio"),
        ([1, 2, 3], "nominal", r"shape \(n_raters, n_units\), not \(3,\)"),
        ([], "nominal", "shape"),
        (np.zeros((2, 2, 2)), "nominal", "shape"),
        ([[1, 2], [1]], "nominal", "must be numbers"),
        ([["good", "bad"]], "nominal", "must be numbers"),
        ([[1, np.inf], [1, 2]], "nominal", "finite"),
        ([[1, -2], [1, 2]], "ratio", "no negative votes"),
    ],
)
def test_bad_ratings_are_refused_by_name(function, ratings, level, message):
    with pytest.raises(ValueError, match=message):
        function(ratings, level)


def test_the_ratings_are_not_changed():
    ratings = KRIPPENDORFF_C.copy()
    for level in LEVELS:
        krippendorff_alpha(ratings, level)
    np.testing.assert_array_equal(ratings, KRIPPENDORFF_C)


@given(ratings=votes)
def test_raw_agreement_is_the_chance_that_two_votes_on_a_unit_are_equal(ratings):
    columns = [column[~np.isnan(column)] for column in ratings.T]
    matches = [
        (np.count_nonzero(column == vote) - 1) / (len(column) - 1)
        for column in columns
        if len(column) > 1
        for vote in column
    ]
    share = raw_agreement(ratings)
    assert share == (pytest.approx(np.mean(matches)) if matches else None)


@given(ratings=votes)
def test_nominal_alpha_is_raw_agreement_beyond_chance(ratings):
    alpha = krippendorff_alpha(ratings, "nominal")
    assume(alpha is not None)
    kept = ratings[:, (~np.isnan(ratings)).sum(axis=0) > 1]
    _, counts = np.unique(kept[~np.isnan(kept)], return_counts=True)
    total = counts.sum()
    chance = (counts * (counts - 1)).sum() / (total * (total - 1))
    assert alpha == pytest.approx((raw_agreement(ratings) - chance) / (1 - chance))
