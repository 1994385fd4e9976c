"""Dawid and Skene's model: the true class of each unit and how each rater errs, by EM."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from annotation.stats.columns import (
    FloatArray,
    IntArray,
    class_numbers,
    equally_long,
    numbered,
)

# Relative growth of the objective below which EM has converged.
TOLERANCE = 1e-6
# Of a smaller count the share can be rounded to 0, whose logarithm is infinite; it adds nothing.
_SMALLEST_COUNT = float(np.finfo(np.float64).tiny)


class DawidSkene(NamedTuple):
    """A fit of Dawid and Skene's model; everything is of the last step, so it fits together.

    posteriors: (n_units, n_classes), the chance of each true class of each unit.
    prevalence: (n_classes,). errors: (n_raters, n_classes, n_classes), the chance that the rater
    says the second class where the first is true; rows sum to 1. Units and raters stand in the
    order of `numpy.unique` of their names. log_likelihood: of the labels, without priors, natural
    logarithm. converged: False when the iterations ran out.
    """

    posteriors: FloatArray
    prevalence: FloatArray
    errors: FloatArray
    log_likelihood: float
    converged: bool


class OneCoin(NamedTuple):
    """A fit of the one-coin model; fields as in `DawidSkene`, with accuracy (n_raters,)."""

    posteriors: FloatArray
    prevalence: FloatArray
    accuracy: FloatArray
    log_likelihood: float
    converged: bool


@dataclass(frozen=True)
class Labels:
    """Counts of labels: counts[rater * n_classes + label, unit] = how often the rater chose it."""

    counts: sparse.csr_array
    n_raters: int
    n_classes: int


@dataclass(frozen=True)
class Parameters:
    """What a step estimated. log_prior: of prevalence and errors, up to a constant."""

    prevalence: FloatArray
    errors: FloatArray
    log_prior: float


Maximise = Callable[[FloatArray, FloatArray], Parameters]


def dawid_skene(  # noqa: PLR0913 - the labels are four columns, all else is keywords
    unit: ArrayLike,
    rater: ArrayLike,
    label: ArrayLike,
    n_classes: int,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = 1000,
    error_prior: ArrayLike = 0.0,
    prevalence_prior: ArrayLike = 0.0,
) -> DawidSkene:
    """Fit Dawid and Skene's model by EM from vote shares.

    unit, rater, label: (n_labels,); label is a class number below n_classes. A rater may label a
    unit more than once; each label is evidence of its own. EM stops when the log-likelihood (with
    priors: plus their logarithm) grows by less than tolerance times itself; tolerance 0 runs until
    it grows no more, or all of max_iterations.
    Priors are Dirichlet pseudo-counts, labels seen before the first: error_prior one number,
    (n_classes, n_classes) or (n_raters, n_classes, n_classes) in the order of `errors`;
    prevalence_prior one number or (n_classes,). Without them it is maximum likelihood, and the row
    of a class that a rater never met is uniform: the labels say nothing about it.
    EM finds a local maximum. With few labels a rater the full matrices overfit: see `one_coin`.
    Raises ValueError on unequal lengths, no labels, missing names, labels that are no class
    numbers, and priors that are negative, infinite or of another shape.
    Source: Dawid and Skene (1979), Applied Statistics 28, 20-28.
    """
    labels, shares = _read(unit, rater, label, n_classes)
    matrix = (n_classes, n_classes)
    shapes = ((), matrix, (labels.n_raters, *matrix))
    error_counts = _pseudo_counts(error_prior, shapes, "error_prior")
    class_counts = _pseudo_counts(prevalence_prior, ((), (n_classes,)), "prevalence_prior")

    def maximise(confusion: FloatArray, classes: FloatArray) -> Parameters:
        prevalence = _normalised(classes + class_counts)
        errors = _normalised(confusion.transpose(0, 2, 1) + error_counts)
        log_prior = _weighted_log(class_counts, prevalence) + _weighted_log(error_counts, errors)
        return Parameters(prevalence, errors, log_prior)

    fit, posteriors, log_likelihood, converged = _em(
        labels, shares, maximise, tolerance=tolerance, max_iterations=max_iterations
    )
    return DawidSkene(posteriors, fit.prevalence, fit.errors, log_likelihood, converged)


def one_coin(  # noqa: PLR0913 - the labels are four columns, all else is keywords
    unit: ArrayLike,
    rater: ArrayLike,
    label: ArrayLike,
    n_classes: int,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = 1000,
    accuracy_prior: tuple[float, float] = (0.0, 0.0),
    prevalence_prior: ArrayLike = 0.0,
) -> OneCoin:
    """Fit the model in which a rater is right with one chance and errs evenly otherwise.

    Arguments as in `dawid_skene`; accuracy_prior: pseudo-counts of right and of wrong labels.
    With one class every label is right. One number a rater can be had from a few dozen labels.
    Source: Zhang, Chen, Zhou and Jordan (2016), Journal of Machine Learning Research 17(102).
    """
    labels, shares = _read(unit, rater, label, n_classes)
    right, wrong = _pseudo_counts(accuracy_prior, ((2,),), "accuracy_prior")
    class_counts = _pseudo_counts(prevalence_prior, ((), (n_classes,)), "prevalence_prior")

    def maximise(confusion: FloatArray, classes: FloatArray) -> Parameters:
        prevalence = _normalised(classes + class_counts)
        hits = np.einsum("rkk->r", confusion)
        coins = _coins(hits + right, confusion.sum(axis=(1, 2)) - hits + wrong, n_classes)
        log_prior = _weighted_log(class_counts, prevalence)
        log_prior += _weighted_log(np.array([right, wrong]), coins)
        return Parameters(prevalence, _even_errors(coins, n_classes), log_prior)

    fit, posteriors, log_likelihood, converged = _em(
        labels, shares, maximise, tolerance=tolerance, max_iterations=max_iterations
    )
    accuracy = fit.errors[:, 0, 0].copy()
    return OneCoin(posteriors, fit.prevalence, accuracy, log_likelihood, converged)


def _em(
    labels: Labels,
    shares: FloatArray,
    maximise: Maximise,
    *,
    tolerance: float,
    max_iterations: int,
) -> tuple[Parameters, FloatArray, float, bool]:
    if not 0 <= tolerance < np.inf:
        raise ValueError(f"tolerance must be finite and not negative, not {tolerance!r}")
    if not isinstance(max_iterations, int | np.integer) or max_iterations < 1:
        raise ValueError(f"max_iterations must be a whole number from 1, not {max_iterations!r}")
    posteriors, before = shares, -np.inf
    by_unit = labels.counts.T.tocsr()
    for _ in range(max_iterations):
        confusion = (labels.counts @ posteriors).reshape(labels.n_raters, labels.n_classes, -1)
        fit = maximise(confusion, posteriors.sum(axis=0))
        posteriors, log_likelihood = _expect(by_unit, fit)
        objective = log_likelihood + fit.log_prior
        converged = objective - before <= tolerance * abs(objective)
        if converged:
            break
        before = objective
    return fit, posteriors, log_likelihood, converged


def _expect(by_unit: sparse.csr_array, fit: Parameters) -> tuple[FloatArray, float]:
    """Return the posteriors of the true classes and the log-likelihood of the labels."""
    with np.errstate(divide="ignore"):  # a chance of 0 has the logarithm -inf, which is meant
        log_errors = np.log(fit.errors).transpose(0, 2, 1).reshape(by_unit.shape[1], -1)
        joint = np.log(fit.prevalence) + by_unit @ log_errors
    top = joint.max(axis=1, keepdims=True)
    joint = np.exp(joint - top)
    total = joint.sum(axis=1, keepdims=True)
    return joint / total, float((np.log(total) + top).sum())


def _read(
    unit: ArrayLike, rater: ArrayLike, label: ArrayLike, n_classes: int
) -> tuple[Labels, FloatArray]:
    """Return the labels as a matrix, and the share of votes for each class of each unit."""
    unit_names, units = numbered(unit, "unit")
    rater_names, raters = numbered(rater, "rater")
    classes = class_numbers(label, n_classes)
    equally_long(unit=units, rater=raters, label=classes)
    if not len(classes):
        raise ValueError("there are no labels")
    shape = (len(rater_names) * n_classes, len(unit_names))
    cells = (np.ones(len(classes)), (raters * n_classes + classes, units))
    counts = sparse.coo_array(cells, shape=shape).tocsr()
    votes = _votes(units, classes, len(unit_names), n_classes)
    return Labels(counts, len(rater_names), n_classes), votes / votes.sum(axis=1, keepdims=True)


def _votes(units: IntArray, classes: IntArray, n_units: int, n_classes: int) -> FloatArray:
    counts = np.bincount(units * n_classes + classes, minlength=n_units * n_classes)
    return counts.reshape(n_units, n_classes).astype(np.float64)


def _pseudo_counts(prior: ArrayLike, shapes: tuple[tuple[int, ...], ...], name: str) -> FloatArray:
    """Return a prior of one of these shapes, spread over the last of them."""
    counts = np.asarray(prior, dtype=np.float64)
    if counts.shape not in shapes:
        raise ValueError(
            f"{name} must have the shape {' or '.join(map(str, shapes))}, not {counts.shape}"
        )
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(f"{name} must be finite and not negative")
    return np.broadcast_to(counts, shapes[-1])


def _normalised(counts: FloatArray) -> FloatArray:
    """Return rows (last axis) that sum to 1; uniform where nothing was counted."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1.0), 1 / counts.shape[-1])


def _coins(right: FloatArray, wrong: FloatArray, n_classes: int) -> FloatArray:
    """Return the chances of right and wrong, (n_raters, 2)."""
    if n_classes == 1:
        return np.tile([1.0, 0.0], (len(right), 1))
    return _normalised(np.stack([right, wrong], axis=1))


def _even_errors(coins: FloatArray, n_classes: int) -> FloatArray:
    """Return (n_raters, n_classes, n_classes) with the errors spread evenly."""
    apart = coins[:, 1] / max(n_classes - 1, 1)
    errors = np.repeat(apart, n_classes**2).reshape(-1, n_classes, n_classes)
    diagonal = np.arange(n_classes)
    errors[:, diagonal, diagonal] = coins[:, :1]
    return errors


def _weighted_log(counts: FloatArray, chances: FloatArray) -> float:
    """Return sum(counts * log chances), 0 where a count is 0 or too small for a chance above 0."""
    positive = np.where(counts >= _SMALLEST_COUNT, chances, 1.0)
    return float((counts * np.log(positive)).sum())
