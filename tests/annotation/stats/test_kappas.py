"""Cohen's and Fleiss' kappa: reference numbers, closed forms, identities, and what is refused."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.agreement import (
    bootstrap_cohen_kappa,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    raw_agreement,
    why_cohen_undefined,
    why_fleiss_undefined,
    without_ties,
)
from tests.annotation.stats.tables import from_table

NAN = np.nan
FLEISS = """0 0 0 0 14;0 2 6 4 2;0 0 3 5 6;0 3 9 2 0;2 2 8 1 1;7 7 0 0 0;3 2 6 3 0;2 5 3 2 2;
            6 5 2 1 0;0 2 2 3 7"""
pairs = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=30)


def split(rows):
    a, b = np.array(rows, dtype=float).T
    return a, b


@pytest.mark.parametrize(
    ("counts", "kappa"),
    [
        ([[20, 5], [10, 15]], 0.4),
        ([[45, 15], [25, 15]], 0.1304),
        ([[25, 35], [5, 35]], 0.2593),
        ([[118, 5], [2, 0]], -0.0234),
    ],
)
def test_known_tables_have_their_kappa(counts, kappa):
    assert cohen_kappa(*from_table(counts)) == pytest.approx(kappa, abs=5e-5)


def test_three_judges_of_answers_agree_pairwise_as_published(reference_data, oracles):
    expected = oracles["pandalm-agree"]["expected"]
    path = reference_data / "data" / "pandalm" / "pairwise_3annotators.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name.startswith("annotator")]
    one, two, three = (np.array([float(row[name]) for row in rows]) for name in names)
    couples = [(one, two), (one, three), (two, three)]
    assert [cohen_kappa(a, b) for a, b in couples] == pytest.approx(expected["cohen"], abs=5e-5)
    raw = [raw_agreement(np.stack(couple)) for couple in couples]
    assert raw == pytest.approx(expected["raw"], abs=5e-5)


def test_wikipedias_fourteen_raters_have_their_kappa():
    counts = [[int(n) for n in row.split()] for row in FLEISS.split(";")]
    assert fleiss_kappa(counts) == pytest.approx(0.209931, abs=5e-7)


@given(pairs)
def test_weights_on_two_categories_change_nothing(rows):
    a, b = split([(1 + x % 2, 1 + y % 2) for x, y in rows])
    plain = cohen_kappa(a, b)
    for weights in ("linear", "quadratic"):
        weighted = cohen_kappa(a, b, weights=weights)
        assert weighted == (None if plain is None else pytest.approx(plain))


@given(pairs, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_is_one_less_observed_over_expected_disagreement(rows, weights):
    a, b = split(rows)
    gap = np.abs(a[:, None] - b[None, :])
    apart = {None: (gap > 0).astype(float), "linear": gap, "quadratic": gap**2}[weights]
    found = cohen_kappa(a, b, weights=weights)
    if apart.mean() == 0:
        assert found is None
    else:
        assert found == pytest.approx(1 - np.diag(apart).mean() / apart.mean())


@given(pairs, st.sampled_from([None, "linear", "quadratic"]))
def test_raters_and_units_may_change_places(rows, weights):
    a, b = split(rows)
    expected = cohen_kappa(a, b, weights=weights)
    expected = None if expected is None else pytest.approx(expected)
    assert cohen_kappa(b, a, weights=weights) == expected
    assert cohen_kappa(a[::-1], b[::-1], weights=weights) == expected


def test_quadratic_kappa_is_the_concordance_of_two_raters():
    """Equal to Lin's concordance, 2 cov / (var + var + (mean - mean)^2), with n below the line."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 5, (2, 200)).astype(float)
    cov = ((a - a.mean()) * (b - b.mean())).mean()
    lin = 2 * cov / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    assert cohen_kappa(a, b, weights="quadratic") == pytest.approx(lin)


@given(pairs)
def test_fleiss_of_two_raters_is_alpha_without_its_correction_for_small_samples(rows):
    """1 - alpha = (1 - kappa) (2n - 1) / 2n, with n units of two votes."""
    a, b = split(rows)
    counts = [[int(x == v) + int(y == v) for v in range(1, 5)] for x, y in zip(a, b, strict=True)]
    kappa, alpha = fleiss_kappa(counts), krippendorff_alpha([a, b], "nominal")
    if alpha is None:
        assert kappa is None
    else:
        assert 1 - alpha == pytest.approx((1 - kappa) * (2 * len(a) - 1) / (2 * len(a)))


def test_units_without_both_votes_say_nothing():
    a, b = from_table([[20, 5], [10, 15]])
    more_a, more_b = np.append(a, [1, NAN, NAN]), np.append(b, [NAN, 2, NAN])
    assert cohen_kappa(more_a, more_b) == pytest.approx(0.4)
    found = bootstrap_cohen_kappa(more_a, more_b, n_replicates=500)
    assert (found.estimate, found.n_units) == (pytest.approx(0.4), 50)
    assert 0.05 < found.low < 0.4 < found.high < 0.7


def test_without_ties_keeps_who_decided():
    """1 = first, 2 = second, 3 = tie: what is left agrees on the direction wholly."""
    ratings = np.array([[1.0, 2, 3, 1], [1, 3, 3, 3], [3, 2, 2, 1]])
    assert raw_agreement(ratings) < 1
    decided = without_ties(ratings, 3)
    assert np.isnan(decided).sum() == 5
    assert raw_agreement(decided) == 1
    with pytest.raises(ValueError, match="name the values"):
        without_ties(ratings, [])


def test_what_is_undefined_has_a_reason_and_no_number():
    assert cohen_kappa([1, NAN], [NAN, 1]) is None
    assert why_cohen_undefined([1, NAN], [NAN, 1]) == "No unit has votes of both raters."
    assert cohen_kappa([2, 2], [2, 2]) is None
    assert "one and the same value" in why_cohen_undefined([2, 2], [2, 2])
    assert fleiss_kappa([[3, 0], [3, 0]]) is None
    assert why_fleiss_undefined([[3, 0], [3, 0]])
    assert why_cohen_undefined([1, 2], [1, 2]) is None
    assert why_fleiss_undefined([[3, 0], [0, 3]]) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cohen_kappa([1, 2], [1]), "a has 2 units, b 1"),
        (lambda: cohen_kappa([1, 2], [1, np.inf]), "b must be finite"),
        (lambda: cohen_kappa([[1]], [[1]]), "a must have the shape"),
        (lambda: cohen_kappa([1, 2], [1, 2], weights="cubic"), "weights must be one of"),
        (lambda: fleiss_kappa([[1, -1]]), "counts"),
        (lambda: fleiss_kappa([[1.5, 0.5]]), "counts"),
        (lambda: fleiss_kappa([1, 2]), "counts"),
        (lambda: fleiss_kappa([[2, 1], [1, 1]]), "same number of votes on every unit"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_million_units_are_read():
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 5, (2, 1_000_000)).astype(float)
    assert cohen_kappa(a, b, weights="quadratic") == pytest.approx(0, abs=0.005)
