"""Sequential test of a person's accuracy on gold, with few answers."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.columns import FloatArray, flags

Decision = Literal["accept", "reject", "continue"]


class Sprt(NamedTuple):
    """The decision so far, and the expected number of answers.

    decision: accept (accuracy p0), reject (accuracy p1), or continue. n_used: answers until the
    decision; all of them so far when there is none. log_ratio: (n,), log of the likelihood of p1
    over that of p0 after each answer. low, high: the bounds at which it accepts and rejects.
    expected_n_p0, expected_n_p1: answers that a decision takes on average at either accuracy, by
    Wald's approximation.
    """

    decision: Decision
    n_used: int
    log_ratio: FloatArray
    low: float
    high: float
    expected_n_p0: float
    expected_n_p1: float


def sprt(
    correct: ArrayLike, *, p0: float, p1: float, alpha: float = 0.05, beta: float = 0.05
) -> Sprt:
    """Decide between accuracy p0 (good enough) and p1 < p0 (not), answer by answer.

    correct: (n,), right or wrong, in order of time; answers after the decision change nothing.
    alpha: chance of rejecting somebody whose accuracy is p0; beta: of accepting at p1. The last
    answer overshoots the bounds: the true chances are at most alpha / (1 - beta) and
    beta / (1 - alpha), and together no more than alpha + beta.
    Raises ValueError unless 0 < p1 < p0 < 1, alpha and beta are positive and sum to less than 1,
    and correct is yes or no.
    Source: Wald (1945), Annals of Mathematical Statistics 16, 117-186.
    """
    right = flags(correct, "correct")
    if not 0 < p1 < p0 < 1:
        raise ValueError(f"need 0 < p1 < p0 < 1, not p0 = {p0}, p1 = {p1}")
    if not (alpha > 0 and beta > 0 and alpha + beta < 1):
        raise ValueError("alpha and beta must be positive and sum to less than 1")
    low, high = float(np.log(beta / (1 - alpha))), float(np.log((1 - beta) / alpha))
    steps = np.array([np.log((1 - p1) / (1 - p0)), np.log(p1 / p0)])
    # Counts times steps instead of a running sum, so that rounding errors do not accumulate.
    n_right = np.cumsum(right)
    log_ratio = n_right * steps[1] + (np.arange(1, len(right) + 1) - n_right) * steps[0]
    outside = (log_ratio <= low) | (log_ratio >= high)
    end = int(outside.argmax()) if outside.any() else None
    decision: Decision = "continue"
    if end is not None:
        decision = "accept" if log_ratio[end] <= low else "reject"
    at_p0, at_p1 = (float(np.array([1 - p, p]) @ steps) for p in (p0, p1))
    return Sprt(
        decision=decision,
        n_used=len(right) if end is None else end + 1,
        log_ratio=log_ratio,
        low=low,
        high=high,
        expected_n_p0=((1 - alpha) * low + alpha * high) / at_p0,
        expected_n_p1=(beta * low + (1 - beta) * high) / at_p1,
    )
