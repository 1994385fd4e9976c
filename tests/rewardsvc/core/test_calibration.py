"""Temperature, tie threshold, reliability and the last layer's posterior."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from rewardsvc.core.errors import RewardError
from rewardsvc.core.evaluation.calibration import (
    fit_temperature,
    fit_tie_threshold,
    log_loss,
    probabilities,
    reliability,
)
from rewardsvc.core.training.laplace import fit_last_layer


def drawn(n, scale, seed=0):
    """Gaps of scale times those that outcomes are drawn from."""
    rng = np.random.default_rng(seed)
    true = rng.normal(size=n) * 2
    outcome = np.where(rng.random(n) < expit(true), 1, -1)
    return true * scale, np.full(n, 1e-6), outcome


@pytest.mark.parametrize("scale", [0.25, 1.0, 4.0])
def test_the_temperature_is_the_factor_that_gaps_were_stretched_by(scale):
    found = fit_temperature(*drawn(20_000, scale))
    assert found.value == pytest.approx(scale, rel=0.06)
    assert found.log_loss_after <= found.log_loss_before
    assert found.n == 20_000


def test_a_temperature_without_an_optimum_is_undefined_with_a_reason():
    gap = np.array([1.0, 2.0, -3.0])
    sigma = np.full(3, 1e-6)
    right = fit_temperature(gap, sigma, np.sign(gap).astype(int))
    assert right.value is None
    assert "every pair is ordered right" in right.why
    wrong = fit_temperature(gap, sigma, -np.sign(gap).astype(int))
    assert wrong.value is None
    assert "no better than a coin" in wrong.why


def test_a_temperature_scales_gap_and_sigma_alike():
    gap, sigma, outcome = np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([1, 1])
    assert log_loss(gap, sigma, outcome, 2.0) == pytest.approx(
        log_loss(gap / 2, sigma / 2, outcome)
    )


def brute_force(gap, outcome):
    best = (-1.0, -1.0)
    for threshold in [-1.0, *sorted(set(np.abs(gap)))]:
        predicted = np.where(np.abs(gap) <= threshold, 0, np.sign(gap))
        accuracy = float((predicted == outcome).mean())
        if accuracy > best[1] + 1e-12:
            best = (threshold, accuracy)
    return best


@given(
    st.lists(
        st.tuples(st.sampled_from([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), st.integers(-1, 1)),
        min_size=1,
        max_size=30,
    )
)
def test_the_tie_threshold_is_the_smallest_best_between_distinct_gaps(rows):
    gap, outcome = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    assert fit_tie_threshold(gap, outcome) == pytest.approx(brute_force(gap, outcome))


def test_a_calibrated_probability_has_no_calibration_error_and_a_stretched_one_has():
    gap, sigma, outcome = drawn(40_000, 1.0)
    assert reliability(probabilities(gap, sigma), outcome).ece < 0.01
    assert reliability(probabilities(4 * gap, sigma), outcome).ece > 0.1


def test_bins_hold_equal_shares_and_read_each_pair_from_its_likelier_side():
    probability = np.array([0.9, 0.1, 0.6, 0.4])
    outcome = np.array([1, 1, 1, -1])
    found = reliability(probability, outcome, n_bins=2)
    assert [each.n for each in found.bins] == [2, 2]
    assert [each.predicted for each in found.bins] == pytest.approx([0.6, 0.9])
    assert [each.observed for each in found.bins] == [1.0, 0.5]
    assert found.ece == pytest.approx((0.4 + 0.4) / 2)
    swapped = reliability(1 - probability, -outcome, n_bins=2)
    assert swapped == found
    assert all(each.low <= each.observed <= each.high for each in found.bins)


def test_ties_are_no_part_of_a_reliability_and_alone_leave_it_undefined():
    with pytest.raises(RewardError, match="no decided pair"):
        reliability(np.array([0.5]), np.array([0]))
    for bad in (np.array([np.nan]), np.array([np.inf])):
        with pytest.raises(RewardError, match="rewards that are numbers"):
            fit_tie_threshold(bad, np.array([1]))
    with pytest.raises(RewardError, match="on no pair"):
        fit_temperature(np.array([]), np.array([]), np.array([], int))


def test_the_last_layer_variance_is_that_of_the_exact_posterior():
    """Importance sampling of w under prior and likelihood, against the Gaussian around w = 0."""
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 6, 2)) * 0.3
    outcome = np.array([1, -1, 1, -1, 1, -1])
    prior = 4.0
    fitted = fit_last_layer(first, second, np.zeros(6), prior=prior)
    draws = rng.normal(size=(400_000, 2)) / np.sqrt(prior)
    logits = draws @ (first - second).T * outcome
    weight = np.exp(np.log(expit(logits)).sum(1))
    weight /= weight.sum()
    mean = weight @ draws
    exact = ((draws - mean).T * weight) @ (draws - mean)
    found = np.linalg.inv(fitted.precision)
    np.testing.assert_allclose(found, exact, atol=0.02)
    point = rng.normal(size=(3, 2))
    expected = np.einsum("np,pq,nq->n", point, found, point)
    np.testing.assert_allclose(fitted.variance(point), expected)


def test_every_pair_reduces_the_variance_along_its_difference_and_never_increases_it():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 20, 4))
    gap = rng.normal(size=20)
    probe = rng.normal(size=(50, 4))
    fewer = fit_last_layer(first[:5], second[:5], gap[:5], prior=1.0).variance(probe)
    more = fit_last_layer(first, second, gap, prior=1.0).variance(probe)
    assert (more <= fewer + 1e-12).all()
    ray = (first[7] - second[7])[None]
    once = fit_last_layer(first, second, gap, prior=1.0)
    again = fit_last_layer(
        np.vstack([first, first[7:8]]), np.vstack([second, second[7:8]]), np.append(gap, gap[7]),
        prior=1.0,
    )  # fmt: skip
    assert again.variance(ray) < once.variance(ray)


def test_the_prior_of_the_most_evidence_follows_the_size_of_the_weights():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 500, 3))
    small, large = (np.array(w) for w in ([0.05] * 3, [2.0] * 3))
    by_small = fit_last_layer(first, second, (first - second) @ small)
    by_large = fit_last_layer(first, second, (first - second) @ large)
    assert by_small.prior > by_large.prior


@pytest.mark.parametrize(
    ("first", "gap", "prior", "named"),
    [
        (np.zeros((0, 2)), [], None, "without a pair"),
        (np.zeros((2, 2)), [0.0], None, "with 1 gaps"),
        (np.full((1, 2), np.nan), [0.0], None, "that are numbers"),
        (np.zeros((1, 2)), [0.0], 0.0, "prior is 0.0"),
    ],
)
def test_invalid_pairs_of_a_last_layer_are_refused(first, gap, prior, named):
    with pytest.raises(RewardError, match=named):
        fit_last_layer(first, np.zeros_like(first), np.array(gap), prior=prior)
    with pytest.raises(RewardError, match="has 2 inputs"):
        fit_last_layer(np.eye(2), np.zeros((2, 2)), np.zeros(2), prior=1.0).variance(
            np.ones((1, 3))
        )
