"""Newton's method for concave log-likelihoods that do not change when all strengths shift."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from annotation.stats.bootstrap import FloatArray
from annotation.stats.ranking.errors import NotConverged

MAX_STEPS = 200
MAX_HALVINGS = 60
# Newton doubles the correct digits with each step: after one below this, all of them are.
SMALL_STEP = 1e-8
SUFFICIENT = 1e-4
ROUNDING = 16 * np.finfo(np.float64).eps


class Point(NamedTuple):
    """A log-likelihood, its gradient (n,) and the observed information (n, n) at a point."""

    value: float
    gradient: FloatArray
    information: FloatArray


Likelihood = Callable[[FloatArray], Point]


def maximise(likelihood: Likelihood, start: FloatArray, n_items: int) -> FloatArray:
    """Return the maximum of a concave likelihood; its first n_items parameters have mean zero.

    Raises NotConverged when it is not reached.
    """
    here = start.copy()
    here[:n_items] -= here[:n_items].mean()
    point = likelihood(here)
    for _ in range(MAX_STEPS):
        step = _solve(point, n_items)
        if np.abs(step).max() <= SMALL_STEP * (1 + np.abs(here).max()):
            found: FloatArray = here + step
            found[:n_items] -= found[:n_items].mean()
            return found
        here, point = _climb(likelihood, here, point, step)
    raise NotConverged(f"the likelihood still rises after {MAX_STEPS} Newton steps")


def covariance(information: FloatArray, n_items: int) -> FloatArray:
    """Return the inverse of the information on the space where the strengths have mean zero."""
    weight = _weight(information, n_items)
    try:
        inverse = cho_solve(
            cho_factor(_pinned(information, n_items, weight)), np.eye(len(information))
        )
    except LinAlgError:
        raise NotConverged("the information at the maximum is singular within rounding") from None
    inverse[:n_items] -= inverse[:n_items].mean(axis=0)
    inverse[:, :n_items] -= inverse[:, :n_items].mean(axis=1, keepdims=True)
    symmetric: FloatArray = (inverse + inverse.T) / 2
    return symmetric


def _solve(point: Point, n_items: int) -> FloatArray:
    information = point.information
    pinned = _pinned(information, n_items, _weight(information, n_items))
    try:
        step: FloatArray = cho_solve(cho_factor(pinned), point.gradient)
    except LinAlgError:
        raise NotConverged("the information is singular within rounding") from None
    return step


def _weight(information: FloatArray, n_items: int) -> float:
    return float(np.diag(information)[:n_items].mean())


def _pinned(information: FloatArray, n_items: int, weight: float) -> FloatArray:
    """Fill the direction in which all strengths shift, which the likelihood leaves flat."""
    pinned = information.copy()
    pinned[:n_items, :n_items] += weight / n_items
    return pinned


def _climb(
    likelihood: Likelihood, here: FloatArray, point: Point, step: FloatArray
) -> tuple[FloatArray, Point]:
    slope, share = float(point.gradient @ step), 1.0
    slack = ROUNDING * (1 + abs(point.value))
    for _ in range(MAX_HALVINGS):
        there = here + share * step
        reached = likelihood(there)
        if reached.value >= point.value + SUFFICIENT * share * slope - slack:
            return there, reached
        share /= 2
    raise NotConverged("no step along Newton's direction raises the likelihood")
