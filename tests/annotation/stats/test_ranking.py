"""Rankings: closed forms, identities, and what has no answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from annotation.stats.ranking import (
    Unbounded,
    bradley_terry,
    davidson,
    half_wins,
    rao_kupper,
    win_components,
)
from tests.annotation.stats.votes_of_pairs import simulated, spelled

any_tie_model = pytest.mark.parametrize("model", [davidson, rao_kupper])


def test_two_items_differ_by_the_log_odds_of_their_wins():
    found = bradley_terry([0] * 30 + [1] * 10, [1] * 30 + [0] * 10, 2)
    gap, error = found.difference(0, 1)
    assert gap == pytest.approx(np.log(3), abs=1e-14)
    assert error == pytest.approx(np.sqrt(1 / 30 + 1 / 10), rel=1e-12)
    np.testing.assert_allclose(found.strengths, [np.log(3) / 2, -np.log(3) / 2])
    np.testing.assert_allclose(found.standard_errors, error / 2)
    assert found.log_likelihood == pytest.approx(30 * np.log(0.75) + 10 * np.log(0.25))


def test_two_items_with_ties_are_fitted_exactly():
    i, j, outcome = spelled({(0, 1): (20, 5, 15)})
    with_nu, with_theta = davidson(i, j, outcome, 2), rao_kupper(i, j, outcome, 2)
    assert with_nu.difference(0, 1)[0] == pytest.approx(np.log(4))
    assert np.exp(with_nu.log_nu) == pytest.approx(15 / np.sqrt(20 * 5))
    # Both models are saturated: logit P(win) = d - log theta, logit P(loss) = -d - log theta.
    logits = np.log(20 / 20), np.log(5 / 35)
    assert with_theta.log_theta == pytest.approx(-sum(logits) / 2)
    assert with_theta.difference(0, 1)[0] == pytest.approx((logits[0] - logits[1]) / 2)
    assert with_nu.log_likelihood == pytest.approx(with_theta.log_likelihood)


def test_a_result_unpacks_in_the_order_of_the_contract():
    i, j, outcome, first = simulated()
    won, lost = np.where(outcome > 0, i, j)[outcome != 0], np.where(outcome > 0, j, i)[outcome != 0]
    found = bradley_terry(won, lost, 6, first_shown=first[outcome != 0])
    strengths, errors, value, effect = found
    assert strengths is found.strengths
    assert errors is found.standard_errors
    assert (value, effect) == (found.log_likelihood, found.position_effect)
    assert found[3] == effect
    assert len(davidson(i, j, outcome, 6)) == 5
    assert davidson(i, j, outcome, 6)[4] == davidson(i, j, outcome, 6).log_nu


def probabilities(model, gap, t):
    """Return P(i wins), P(tie), P(j wins) by the models' definitions in worths."""
    i, j = np.exp(gap), np.ones_like(gap)
    if model is davidson:
        parts = np.stack([i, np.exp(t) * np.sqrt(i * j), j])
        return parts / parts.sum(axis=0)
    win, loss = i / (i + np.exp(t) * j), j / (j + np.exp(t) * i)
    return np.stack([win, 1 - win - loss, loss])


@any_tie_model
def test_the_gradient_at_the_optimum_vanishes_and_its_slope_is_the_information(model):
    i, j, outcome, first = simulated(n_items=4, effect=0.4)
    found = model(i, j, outcome, 4, first_shown=first)

    def value(at):
        gap = at[i] - at[j] + np.where(first == i, at[4], -at[4])
        return np.log(probabilities(model, gap, at[5])[1 - outcome, np.arange(len(i))]).sum()

    best = np.array([*found.strengths, found.position_effect, found[4]])
    assert found.log_likelihood == pytest.approx(value(best), rel=1e-12)
    unit = np.eye(6)
    slopes = [(value(best + 1e-5 * e) - value(best - 1e-5 * e)) / 2e-5 for e in unit]
    np.testing.assert_allclose(slopes, 0, atol=1e-5)
    h = 1e-3
    bends = [
        [
            value(best + h * (a + b)) - value(best + h * (a - b))
            - value(best - h * (a - b)) + value(best - h * (a + b))
            for b in unit
        ]
        for a in unit
    ]  # fmt: skip
    spread = np.linalg.pinv(-np.array(bends) / (4 * h**2), rcond=1e-5)
    np.testing.assert_allclose(found.covariance, spread[:4, :4], rtol=2e-4, atol=1e-6)
    assert found.position_standard_error == pytest.approx(np.sqrt(spread[4, 4]), rel=1e-3)


@any_tie_model
def test_no_other_parameters_are_more_likely(model):
    i, j, outcome, _ = simulated(n_items=4, seed=3)
    found = model(i, j, outcome, 4)

    def loss(at):
        chances = probabilities(
            model, at[i] - at[j], np.exp(at[4]) if model is rao_kupper else at[4]
        )
        return -np.log(chances[1 - outcome, np.arange(len(i))]).sum() + at[:4].sum() ** 2

    best = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-4})
    np.testing.assert_allclose(found.strengths, best.x[:4], atol=1e-4)
    assert -best.fun <= found.log_likelihood + 1e-9


def test_fitted_strengths_expect_exactly_the_wins_observed():
    i, j, outcome, _ = simulated(tie=0.0, n_votes=2000)
    winner, loser = np.where(outcome > 0, i, j), np.where(outcome > 0, j, i)
    theta = bradley_terry(winner, loser, 6).strengths
    p = 1 / (1 + np.exp(theta[loser] - theta[winner]))
    expected = np.bincount(winner, p, 6) + np.bincount(loser, 1 - p, 6)
    np.testing.assert_allclose(expected, np.bincount(winner, minlength=6), atol=1e-8)


@any_tie_model
def test_without_ties_the_rest_is_bradley_terrys(model):
    i, j, outcome, first = simulated(tie=0.0)
    plain = bradley_terry(
        np.where(outcome > 0, i, j), np.where(outcome > 0, j, i), 6, first_shown=first
    )
    found = model(i, j, outcome, 6, first_shown=first)
    np.testing.assert_allclose(found.strengths, plain.strengths, atol=1e-12)
    np.testing.assert_allclose(found.standard_errors, plain.standard_errors, rtol=1e-10)
    assert found.log_likelihood == pytest.approx(plain.log_likelihood)
    assert found[4] == (-np.inf if model is davidson else 0)


@any_tie_model
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_neither_order_nor_names_nor_sides_matter(model, seed):
    i, j, outcome, first = simulated(seed=seed, n_items=5, effect=0.3)
    found = model(i, j, outcome, 5, first_shown=first)
    rng = np.random.default_rng(seed)
    rows, names = rng.permutation(len(i)), rng.permutation(5)
    turned = rng.random(len(i)) < 0.5
    left, right = np.where(turned, j, i), np.where(turned, i, j)
    again = model(
        names[left][rows],
        names[right][rows],
        np.where(turned, -outcome, outcome)[rows],
        5,
        first_shown=(left == first)[rows],
    )
    np.testing.assert_allclose(again.strengths[names], found.strengths, atol=1e-10)
    np.testing.assert_allclose(again.standard_errors[names], found.standard_errors, rtol=1e-9)
    assert again.log_likelihood == pytest.approx(found.log_likelihood)
    assert again.position_effect == pytest.approx(found.position_effect, abs=1e-10)
    assert again[4] == pytest.approx(found[4], abs=1e-10)
    assert abs(found.strengths.sum()) < 1e-12


@any_tie_model
def test_a_balanced_order_has_no_effect_and_changes_no_strength(model):
    i, j, outcome, _ = simulated()
    twice = [np.tile(part, 2) for part in (i, j, outcome)]
    found = model(*twice, 6, first_shown=np.concatenate([i, j]))
    assert found.position_effect == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.strengths, model(i, j, outcome, 6).strengths, atol=1e-10)


def test_weights_are_repetitions():
    i, j, outcome, _ = simulated(n_votes=200)
    times = np.random.default_rng(1).integers(0, 4, 200)
    weighted = davidson(i, j, outcome, 6, weights=times)
    repeated = davidson(*(np.repeat(part, times) for part in (i, j, outcome)), 6)
    np.testing.assert_allclose(weighted.strengths, repeated.strengths, atol=1e-12)
    np.testing.assert_allclose(weighted.standard_errors, repeated.standard_errors)


def test_an_item_that_never_lost_is_named_and_nothing_is_fitted():
    with pytest.raises(Unbounded, match="item 2 never lost to any other item") as refusal:
        bradley_terry([2, 2, 0, 1], [0, 1, 1, 0], 3)
    assert refusal.value.groups == ((2,), (0, 1))


def test_items_that_never_met_the_others_are_named():
    with pytest.raises(Unbounded, match="items 0, 1 met no other item"):
        bradley_terry([0, 1, 2, 3], [1, 0, 3, 2], 4)
    with pytest.raises(Unbounded, match="item 2 met no other item"):
        davidson([0, 1, 0], [1, 0, 1], [1, 1, 0], 3)


@any_tie_model
def test_a_tie_connects_only_where_wins_pin_its_width(model):
    tied = {(0, 1): (4, 3, 2), (1, 2): (0, 0, 5)}
    found = model(*spelled(tied), 3)
    assert found.difference(1, 2)[0] == pytest.approx(0, abs=1e-9)
    with pytest.raises(Unbounded, match="grow together"):
        model(*spelled({(0, 1): (5, 0, 3)}), 2)
    with pytest.raises(Unbounded, match="every comparison is a tie"):
        model(*spelled({(0, 1): (0, 0, 3)}), 2)
    with pytest.raises(Unbounded, match="item 0 never lost or tied"):
        model(*spelled({(0, 1): (5, 0, 0), (1, 2): (2, 1, 1)}), 3)


def test_a_cycle_over_three_items_pins_the_width_of_ties():
    cycle = {(0, 1): (4, 0, 1), (1, 2): (3, 0, 1), (0, 2): (0, 2, 1)}
    found = davidson(*spelled(cycle), 3)
    assert np.isfinite([*found.strengths, found.log_nu]).all()


def test_a_position_effect_that_nothing_contradicts_is_refused():
    with pytest.raises(Unbounded, match="position effect"):
        bradley_terry([0, 1, 1, 0], [1, 0, 0, 1], 2, first_shown=[0, 1, 1, 0])
    with pytest.raises(Unbounded, match="position effect"):
        bradley_terry([0, 1, 0], [1, 0, 1], 2, first_shown=[0, 0, 0])
    with pytest.raises(Unbounded, match="position effect"):
        bradley_terry([0, 1, 0], [1, 0, 1], 2, first_shown=[-1, -1, -1])


def test_wins_against_the_order_along_a_cycle_bound_the_position_effect():
    # No pair alone has opposite wins, so that only the whole cycles tell.
    winner, loser = [0, 1, 2, 3, 4, 5, 0], [1, 2, 0, 4, 5, 3, 3]
    first = [0, 1, 2, 4, 5, 3, 3]
    with pytest.raises(Unbounded, match="item"):
        bradley_terry(winner, loser, 6, first_shown=first)
    found = bradley_terry([*winner, 4], [*loser, 1], 6, first_shown=[*first, 4])
    assert np.isfinite([*found.strengths, found.position_effect]).all()


@pytest.mark.parametrize("prior", [0.5, 2.0])
def test_a_prior_gives_one_sided_votes_finite_strengths_and_says_so(prior):
    found = bradley_terry([0, 0, 0], [1, 1, 1], 3, prior=prior)
    assert found.prior == prior
    assert found.strengths[2] == pytest.approx(0, abs=1e-12)
    # The derivative of 3 log sigmoid(2s) - s^2 / prior^2 vanishes.
    s = found.strengths[0]
    assert 6 / (1 + np.exp(2 * s)) == pytest.approx(2 * s / prior**2)
    assert found.log_likelihood == pytest.approx(-3 * np.log1p(np.exp(-2 * s)))
    assert bradley_terry([0, 1], [1, 0], 2).prior is None


def test_a_wide_prior_changes_nothing():
    i, j, outcome, first = simulated()
    free = davidson(i, j, outcome, 6, first_shown=first)
    held = davidson(i, j, outcome, 6, first_shown=first, prior=1e6)
    np.testing.assert_allclose(held.strengths, free.strengths, atol=1e-9)
    np.testing.assert_allclose(held.standard_errors, free.standard_errors, rtol=1e-8)


def test_win_components_come_best_first():
    assert win_components([3, 0, 1, 1], [0, 1, 0, 2], 5) == ((3,), (0, 1), (2,), (4,))
    assert win_components([0, 1, 2], [1, 2, 0], 3) == ((0, 1, 2),)


def test_half_wins_count_each_tie_once():
    winner, loser, weights = half_wins([0, 1, 2], [1, 2, 0], [1, 0, -1])
    assert list(zip(winner.tolist(), loser.tolist(), weights.tolist(), strict=True)) == [
        (0, 1, 1.0), (1, 2, 0.5), (0, 2, 1.0), (2, 1, 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: bradley_terry([], [], 3), "no comparisons"),
        (lambda: bradley_terry([0, 3], [1, 0], 3), "winner names item 3, outside 0 to 2"),
        (lambda: bradley_terry([0, 1], [-1, 0], 3), "loser names item -1"),
        (lambda: bradley_terry([0, 1], [1, 1], 3), "item 1 is compared with itself"),
        (lambda: bradley_terry([0, np.nan], [1, 0], 2), "winner must be whole numbers"),
        (lambda: bradley_terry([0.5], [1], 2), "winner must be whole numbers"),
        (lambda: bradley_terry(["a"], [1], 2), "winner must be an array of numbers"),
        (lambda: bradley_terry([0, 1], [1], 2), "winner has 2 comparisons, loser 1"),
        (lambda: bradley_terry([[0]], [[1]], 2), "shape"),
        (lambda: bradley_terry([0], [1], 1), "n_items"),
        (lambda: bradley_terry([0], [1], 2.5), "n_items"),
        (lambda: davidson([0], [1], [2], 2), "outcome must be 1"),
        (lambda: davidson([0], [1], [0.5], 2), "outcome must be whole numbers"),
        (lambda: rao_kupper([0], [1], [np.inf], 2), "outcome must be whole numbers"),
        (lambda: rao_kupper([0], [1], [1, 1], 2), "outcome has the shape"),
        (lambda: bradley_terry([0, 1], [1, 0], 3, first_shown=[2, 0]), "first_shown must be the"),
        (lambda: bradley_terry([0, 1], [1, 0], 2, first_shown=[0]), "first_shown must have"),
        (lambda: bradley_terry([0, 1], [1, 0], 2, weights=[1, -1]), "weights must be finite"),
        (lambda: bradley_terry([0, 1], [1, 0], 2, weights=[0, 0]), "all weights are zero"),
        (lambda: bradley_terry([0, 1], [1, 0], 2, weights=[1, np.nan]), "weights must be finite"),
        (lambda: bradley_terry([0, 1], [1, 0], 2, prior=0), "prior must be a positive"),
        (lambda: win_components([0, 1], [1], 2), "winner has 2"),
        (lambda: half_wins([0], [1], [3]), "outcome must be"),
    ],
)
def test_bad_votes_are_refused_by_name(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_a_million_votes_recover_their_strengths():
    rng = np.random.default_rng(4)
    truth = rng.normal(0, 1, 40)
    truth -= truth.mean()
    i = rng.integers(40, size=1_000_000)
    j = (i + rng.integers(1, 40, size=len(i))) % 40
    won = rng.logistic(size=len(i)) < truth[i] - truth[j]
    found = bradley_terry(np.where(won, i, j), np.where(won, j, i), 40)
    z = (found.strengths - truth) / found.standard_errors
    assert np.abs(z).max() < 4
    assert 0.6 < np.sqrt((z**2).mean()) < 1.4


def test_items_far_apart_still_converge():
    # 1 win in 100,000 along a chain of twelve items.
    up, down = np.arange(11), np.arange(1, 12)
    weights = np.concatenate([np.full(11, 99_999.0), np.ones(11)])
    found = bradley_terry(
        np.concatenate([up, down]), np.concatenate([down, up]), 12, weights=weights
    )
    np.testing.assert_allclose(-np.diff(found.strengths), np.log(99_999), rtol=1e-9)
