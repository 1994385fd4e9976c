"""Plackett-Luce: closed forms, pairs, brute-force likelihood, and what has no answer."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from annotation.stats.ranking import Unbounded, bradley_terry, plackett_luce


def partial_rankings(n_items=5, n_rankings=60, *, seed=0):
    """Return rankings of 2 to 4 of the items by strength plus Gumbel noise."""
    rng = np.random.default_rng(seed)
    strengths = rng.normal(0, 0.7, n_items)
    subsets = [
        rng.choice(n_items, rng.integers(2, min(4, n_items) + 1), replace=False)
        for _ in range(n_rankings)
    ]
    return [
        subset[np.argsort(-strengths[subset] - rng.gumbel(size=len(subset)))].tolist()
        for subset in subsets
    ]


def log_likelihood(strengths, rankings):
    worth = np.exp(strengths)
    return sum(
        np.log(worth[ranking[place]] / worth[ranking[place:]].sum())
        for ranking in rankings
        for place in range(len(ranking) - 1)
    )


def test_pairs_are_bradley_terrys():
    rng = np.random.default_rng(2)
    winner = rng.integers(5, size=300)
    loser = (winner + rng.integers(1, 5, size=300)) % 5
    pairs = bradley_terry(winner, loser, 5)
    found = plackett_luce(np.stack([winner, loser], axis=1), 5)
    np.testing.assert_allclose(found.strengths, pairs.strengths, atol=1e-12)
    np.testing.assert_allclose(found.covariance, pairs.covariance, atol=1e-12)
    assert found.log_likelihood == pytest.approx(pairs.log_likelihood)


def test_every_order_once_leaves_all_items_equal():
    found = plackett_luce(list(permutations(range(4))), 4)
    np.testing.assert_allclose(found.strengths, 0, atol=1e-14)
    assert found.log_likelihood == pytest.approx(-24 * np.log(24))


def test_partial_rankings_have_the_strengths_of_a_brute_force_search():
    rankings = partial_rankings()
    found = plackett_luce(rankings, 5)
    best = minimize(
        lambda at: -log_likelihood(at, rankings) + at.sum() ** 2,
        np.zeros(5),
        method="BFGS",
        options={"gtol": 1e-4},
    )
    np.testing.assert_allclose(found.strengths, best.x, atol=1e-4)
    assert found.log_likelihood == pytest.approx(log_likelihood(found.strengths, rankings))
    assert -best.fun <= found.log_likelihood + 1e-9


def test_standard_errors_are_the_curvature_of_the_likelihood():
    rankings = partial_rankings(4, 80, seed=1)
    found, h, unit = plackett_luce(rankings, 4), 1e-3, np.eye(4)

    def value(step):
        return log_likelihood(found.strengths + h * step, rankings)

    bends = [
        [value(a + b) - value(a - b) - value(b - a) + value(-a - b) for b in unit] for a in unit
    ]
    spread = np.linalg.pinv(-np.array(bends) / (4 * h**2), rcond=1e-5)
    np.testing.assert_allclose(found.covariance, spread, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.standard_errors**2, np.diag(spread), rtol=1e-4)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_neither_order_nor_names_matter(seed):
    rankings = partial_rankings(seed=seed, n_rankings=120)
    rng = np.random.default_rng(seed)
    names = rng.permutation(5)
    renamed = [[int(names[item]) for item in rankings[k]] for k in rng.permutation(120)]
    found, again = plackett_luce(rankings, 5), plackett_luce(renamed, 5)
    np.testing.assert_allclose(again.strengths[names], found.strengths, atol=1e-10)
    np.testing.assert_allclose(again.standard_errors[names], found.standard_errors, rtol=1e-9)


def test_weights_are_repetitions():
    rankings = partial_rankings()
    times = np.random.default_rng(3).integers(0, 4, len(rankings))
    repeated = [ranking for ranking, n in zip(rankings, times, strict=True) for _ in range(n)]
    weighted = plackett_luce(rankings, 5, weights=times)
    np.testing.assert_allclose(weighted.strengths, plackett_luce(repeated, 5).strengths, atol=1e-12)


def test_one_sided_and_unconnected_rankings_are_refused_by_name():
    with pytest.raises(Unbounded, match="item 0 never came second to any other item"):
        plackett_luce([[0, 1, 2], [0, 2, 1]], 3)
    with pytest.raises(Unbounded, match="item 3 met no other item"):
        plackett_luce([[0, 1, 2], [2, 1, 0]], 4)


def test_a_prior_gives_one_sided_rankings_finite_strengths_and_says_so():
    found = plackett_luce([[0, 1, 2]], 4, prior=1.0)
    assert found.prior == 1.0
    assert found.strengths[0] > found.strengths[1] > found.strengths[2]
    assert found.strengths[3] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("rankings", "match"),
    [
        ([], "no rankings"),
        ([[0, 1], [2]], "ranking 1 names fewer than two"),
        ([[0, 1], [1, 0, 1]], "ranking 1 names an item twice"),
        (np.array([[0, 1], [2, 2]]), "ranking 1 names an item twice"),
        (np.array([[0], [1]]), "ranking 0 names fewer than two"),
        ([[0, 1], [1, 5]], "ranking 1 names item 5"),
        ([[0, 1.5]], "ranking 0 must be whole numbers"),
        ([[0, [1, 2]]], "ties within a ranking cannot be given"),
    ],
)
def test_bad_rankings_are_refused_by_number(rankings, match):
    with pytest.raises(ValueError, match=match):
        plackett_luce(rankings, 3)


def test_bad_weights_are_refused():
    with pytest.raises(ValueError, match="weights must have the shape"):
        plackett_luce([[0, 1], [1, 0]], 2, weights=[1])
