"""Dawid and Skene's model: closed forms, what EM guarantees, and what is refused."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotation.stats.annotators import dawid_skene, one_coin

MODELS = (dawid_skene, one_coin)
both = pytest.mark.parametrize("model", MODELS)

some_labels = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=30
)


def columns(labels):
    unit, rater, label = zip(*labels, strict=True)
    return np.array(unit), np.array(rater), np.array(label)


def simulated(rng, *, n_units=2000, n_raters=5, n_classes=3, accuracy=0.8):
    """Return truth and (unit, rater, label) where everyone labels everything."""
    truth = rng.integers(n_classes, size=n_units)
    unit, rater = np.divmod(np.arange(n_units * n_raters), n_raters)
    slip = (truth[unit] + rng.integers(1, n_classes, len(unit))) % n_classes
    label = np.where(rng.random(len(unit)) < accuracy, truth[unit], slip)
    return truth, (unit, rater, label)


def errors_of(fit, n_classes):
    """Return the error matrices of either model."""
    if hasattr(fit, "errors"):
        return fit.errors
    wrong = (1 - fit.accuracy) / max(n_classes - 1, 1)
    eye = np.eye(n_classes)
    return fit.accuracy[:, None, None] * eye + wrong[:, None, None] * (1 - eye)


def joint_of(fit, labels, n_classes):
    """Return P(class, all labels) of each unit, (n_units, n_classes), label by label."""
    unit, rater, label = (np.asarray(column) for column in labels)
    units, raters = np.unique(unit), np.unique(rater)
    joint = np.tile(fit.prevalence, (len(units), 1))
    errors = errors_of(fit, n_classes)
    for u, r, said in zip(unit, rater, label, strict=True):
        joint[units == u] *= errors[np.flatnonzero(raters == r)[0], :, said]
    return joint


@both
def test_perfect_raters_recover_the_truth(model):
    truth = np.array([0, 1, 2, 1, 0, 0])
    unit, rater = np.divmod(np.arange(18), 3)
    fit = model(unit, rater, truth[unit], 3)
    assert fit.posteriors == pytest.approx(np.eye(3)[truth])
    assert fit.prevalence == pytest.approx([3 / 6, 2 / 6, 1 / 6])
    assert errors_of(fit, 3) == pytest.approx(np.tile(np.eye(3), (3, 1, 1)))
    assert fit.log_likelihood == pytest.approx(np.log([3 / 6] * 3 + [2 / 6] * 2 + [1 / 6]).sum())
    assert fit.converged


@both
def test_with_one_class_nothing_is_left_to_know(model):
    fit = model([1, 1, 2], ["a", "b", "a"], [0, 0, 0], 1)
    assert fit.posteriors.tolist() == [[1], [1]]
    assert fit.log_likelihood == 0
    assert errors_of(fit, 1).tolist() == [[[1]], [[1]]]


def test_a_single_rater_is_taken_at_their_word():
    """The likelihood of one label a unit is that of its frequency, whatever the truth is."""
    fit = dawid_skene([1, 2, 3, 4], ["a"] * 4, [0, 0, 0, 1], 2)
    assert fit.log_likelihood == pytest.approx(3 * np.log(3 / 4) + np.log(1 / 4))
    assert fit.posteriors == pytest.approx(np.eye(2)[[0, 0, 0, 1]])


def test_error_rates_and_prevalence_are_recovered_from_many_labels():
    rng = np.random.default_rng(3)
    truth, labels = simulated(rng, n_units=20_000)
    fit = dawid_skene(*labels, 3)
    expected = 0.8 * np.eye(3) + 0.1 * (1 - np.eye(3))
    assert fit.errors == pytest.approx(np.tile(expected, (5, 1, 1)), abs=0.02)
    assert fit.prevalence == pytest.approx([1 / 3] * 3, abs=0.015)
    coin = one_coin(*labels, 3)
    assert coin.accuracy == pytest.approx([0.8] * 5, abs=0.01)
    assert (coin.posteriors.argmax(axis=1) == truth).mean() > 0.93


@both
def test_a_rater_who_swaps_two_classes_outright_is_still_evidence(model):
    truth, (unit, rater, label) = simulated(np.random.default_rng(5), n_classes=2, accuracy=0.75)
    liar = rater == 4
    label = np.where(liar, 1 - truth[unit], label)
    fit = model(unit, rater, label, 2)
    assert (fit.posteriors.argmax(axis=1) == truth).mean() > 0.99
    assert errors_of(fit, 2)[4] == pytest.approx(1 - np.eye(2), abs=0.01)


@both
@given(labels=some_labels)
def test_the_log_likelihood_never_falls(model, labels):
    fits = [model(*columns(labels), 3, max_iterations=n, tolerance=0) for n in range(1, 8)]
    assert (np.diff([fit.log_likelihood for fit in fits]) >= -1e-9).all()


@example(labels=[(0, "a", 0), (0, "a", 0)], counts=(5e-324, 1.0))
@given(labels=some_labels, counts=st.tuples(st.floats(0, 3), st.floats(0.1, 3)))
def test_with_priors_the_log_posterior_never_falls(labels, counts):
    on_errors = counts[0] * np.array([[3, 1, 0], [1, 3, 1], [0, 1, 3]])

    def objective(fit):
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(on_errors > 1e-300, on_errors * np.log(fit.errors), 0).sum()
            return fit.log_likelihood + logs + counts[1] * np.log(fit.prevalence).sum()

    def after(n):
        priors = {"error_prior": on_errors, "prevalence_prior": counts[1]}
        return dawid_skene(*columns(labels), 3, max_iterations=n, tolerance=0, **priors)

    steps = [objective(after(n)) for n in range(1, 8)]
    assert (np.diff(steps) >= -1e-9).all()


@given(labels=some_labels, counts=st.tuples(st.floats(0.1, 3), st.floats(0.1, 3)))
def test_with_priors_the_one_coin_log_posterior_never_falls(labels, counts):
    def objective(n):
        fit = one_coin(*columns(labels), 3, max_iterations=n, tolerance=0, accuracy_prior=counts)
        logs = counts[0] * np.log(fit.accuracy) + counts[1] * np.log1p(-fit.accuracy)
        return fit.log_likelihood + logs.sum()

    assert (np.diff([objective(n) for n in range(1, 8)]) >= -1e-9).all()


@both
@given(labels=some_labels)
def test_posteriors_and_likelihood_are_those_of_the_returned_parameters(model, labels):
    fit = model(*columns(labels), 3, max_iterations=5)
    joint = joint_of(fit, columns(labels), 3)
    assert fit.log_likelihood == pytest.approx(np.log(joint.sum(axis=1)).sum())
    assert fit.posteriors == pytest.approx(joint / joint.sum(axis=1, keepdims=True))
    assert fit.prevalence.sum() == pytest.approx(1)
    assert errors_of(fit, 3).sum(axis=2) == pytest.approx(1)


def test_at_convergence_no_small_change_of_the_parameters_is_likelier():
    rng = np.random.default_rng(8)
    _, labels = simulated(rng, n_units=60, n_raters=4, accuracy=0.7)
    fit = dawid_skene(*labels, 3, tolerance=0, max_iterations=5000)
    best = np.log(joint_of(fit, labels, 3).sum(axis=1)).sum()
    for _ in range(200):
        errors = fit.errors * np.exp(rng.normal(0, 0.01, fit.errors.shape))
        prevalence = fit.prevalence * np.exp(rng.normal(0, 0.01, 3))
        moved = fit._replace(
            errors=errors / errors.sum(axis=2, keepdims=True),
            prevalence=prevalence / prevalence.sum(),
        )
        assert np.log(joint_of(moved, labels, 3).sum(axis=1)).sum() <= best


@both
@given(labels=some_labels, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(model, labels, random):
    shuffled = random.sample(labels, len(labels))
    before = model(*columns(labels), 3, max_iterations=6)
    after = model(*columns(shuffled), 3, max_iterations=6)
    assert after.posteriors == pytest.approx(before.posteriors, abs=1e-6)
    assert after.log_likelihood == pytest.approx(before.log_likelihood)


@both
@given(labels=some_labels, order=st.permutations(range(3)))
def test_renaming_classes_raters_and_units_renames_the_answer(model, labels, order):
    unit, rater, label = columns(labels)
    names = {"a": UUID(int=3), "b": UUID(int=2), "c": UUID(int=1)}
    before = model(unit, rater, label, 3, max_iterations=6)
    after = model(-unit, [names[one] for one in rater], np.array(order)[label], 3, max_iterations=6)
    assert after.posteriors[::-1][:, order] == pytest.approx(before.posteriors, abs=1e-6)
    assert after.prevalence[list(order)] == pytest.approx(before.prevalence, abs=1e-6)
    renamed = errors_of(after, 3)[::-1][:, order][:, :, order]
    assert renamed == pytest.approx(errors_of(before, 3), abs=1e-6)


@both
def test_units_labelled_twice_over_double_the_log_likelihood(model):
    _, (unit, rater, label) = simulated(np.random.default_rng(2), n_units=50)
    once = model(unit, rater, label, 3)
    twice = model(np.concatenate([unit, unit + 50]), np.tile(rater, 2), np.tile(label, 2), 3)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood)
    assert errors_of(twice, 3) == pytest.approx(errors_of(once, 3))


def test_a_class_that_nobody_chose_has_no_prevalence_and_uniform_rows():
    fit = dawid_skene([1, 1, 2, 2], list("abab"), [0, 0, 1, 1], 3)
    assert fit.prevalence.tolist() == [0.5, 0.5, 0]
    assert fit.errors[:, 2] == pytest.approx(np.full((2, 3), 1 / 3))


def test_a_class_that_nobody_chose_takes_the_prior_when_there_is_one():
    prior = np.array([[8, 1, 1], [1, 8, 1], [1, 3, 6]])
    fit = dawid_skene([1, 1, 2, 2], list("abab"), [0, 0, 1, 1], 3, error_prior=prior)
    assert fit.errors[:, 2] == pytest.approx(np.tile([0.1, 0.3, 0.6], (2, 1)))


def test_a_heavy_prior_is_the_answer_and_may_differ_by_rater():
    prior = np.stack([[[0.9, 0.1], [0.1, 0.9]], [[0.6, 0.4], [0.4, 0.6]]]) * 1e9
    fit = dawid_skene([1, 1], ["ann", "ben"], [0, 1], 2, error_prior=prior, prevalence_prior=1e9)
    assert fit.errors == pytest.approx(prior / 1e9)
    assert fit.posteriors == pytest.approx(np.array([[0.9 * 0.4, 0.1 * 0.6]]) / 0.42)


def test_iterations_that_run_out_are_reported():
    _, labels = simulated(np.random.default_rng(1), n_units=200, accuracy=0.6)
    assert not dawid_skene(*labels, 3, max_iterations=2).converged
    assert dawid_skene(*labels, 3).converged


@both
@pytest.mark.parametrize(
    ("label", "message"),
    [
        ([0, 0.5], "label must hold whole numbers"),
        ([0, -1], "label must lie between 0 and 1"),
        ([0, 2], "label must lie between 0 and 1"),
        ([0, np.inf], "label must lie between 0 and 1"),
        ([0, np.nan], "label must not be NaN"),
        (["0", "1"], "label must hold class numbers"),
        ([0], "equally long, not 2, 2 and 1"),
        ([[0, 1]], "label must have the shape"),
    ],
)
def test_labels_that_are_no_class_numbers_are_refused(model, label, message):
    with pytest.raises(ValueError, match=message):
        model([1, 2], ["a", "b"], label, 2)


@both
@pytest.mark.parametrize(
    ("given_values", "message"),
    [
        ({"n_classes": 0}, "n_classes must be a whole number from 1"),
        ({"n_classes": 2.0}, "n_classes must be a whole number from 1"),
        ({"unit": [1, np.nan]}, "unit must not be NaN"),
        ({"rater": ["a", None]}, "rater must not be None"),
        ({"rater": np.array(["a", 1], dtype=object)}, "rater must be names of one kind"),
        ({"unit": [], "rater": [], "label": []}, "there are no labels"),
        ({"tolerance": np.nan}, "tolerance must be finite"),
        ({"max_iterations": 0}, "max_iterations must be a whole number from 1"),
        ({"prevalence_prior": [1, 2, 3]}, "prevalence_prior must have the shape"),
        ({"prevalence_prior": -1}, "prevalence_prior must be finite and not negative"),
    ],
)
def test_bad_input_is_refused_by_name(model, given_values, message):
    good = {"unit": [1, 2], "rater": ["a", "b"], "label": [0, 1], "n_classes": 2}
    with pytest.raises(ValueError, match=message):
        model(**good | given_values)


def test_priors_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="error_prior must have the shape"):
        dawid_skene([1], ["a"], [0], 2, error_prior=[1, 2])
    with pytest.raises(ValueError, match="accuracy_prior must have the shape"):
        one_coin([1], ["a"], [0], 2, accuracy_prior=1)


@both
def test_whole_floats_and_unsorted_names_are_taken_as_they_are(model):
    fit = model([20, 10, 20, 10], list("yxxy"), [1.0, 0.0, 1.0, 0.0], 2)
    assert fit.posteriors.tolist() == [[1, 0], [0, 1]]


@both
def test_a_million_labels_are_a_matter_of_seconds(model):
    rng = np.random.default_rng(0)
    truth, labels = simulated(rng, n_units=200_000)
    fit = model(*labels, 3, max_iterations=4)
    assert (fit.posteriors.argmax(axis=1) == truth).mean() > 0.9
