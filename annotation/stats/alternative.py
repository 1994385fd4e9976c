"""Whether a model may stand in for an annotator: the alternative annotator test."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from annotation.stats.bootstrap import FloatArray
from annotation.stats.coincidence import checked_ratings

SCORES = ("accuracy", "neg_rmse")
DECIMALS = 10
Score = Callable[[FloatArray, FloatArray], FloatArray]


class AlternativeAnnotator(NamedTuple):
    """The test of a model against every person; None where nobody shares enough units with it.

    winning_rate: the share of tested people against whom the model was found at least as good; at
    0.5 or more its authors let it replace an annotator. advantage_probability: the mean over
    tested people of the chance that the model is at least as close to the others as they are.
    rejected: (n_raters,), whether "the person is better by epsilon" was rejected. p_values:
    (n_raters,), NaN for people who were not tested.
    """

    winning_rate: float | None
    advantage_probability: float | None
    rejected: NDArray[np.bool_]
    p_values: FloatArray


class PersonComparison(NamedTuple):
    """The model and one person, each against the other people on the person's n units.

    model, person: the share of units on which it is at least as close to the others as the other
    one is; None without a unit. Both count an equality, so they may add up to more than 1.
    """

    model: float | None
    person: float | None
    n: int


def alternative_annotator_test(  # noqa: PLR0913 - the settings of the published test
    human: ArrayLike,
    model: ArrayLike,
    *,
    score: str = "accuracy",
    epsilon: float = 0.2,
    q: float = 0.05,
    min_units: int = 30,
) -> AlternativeAnnotator:
    """Test for each person whether the model predicts the other people as well as the person does.

    human: (n_raters, n_units), model: (n_units,), NaN = missing; class numbers for accuracy. A
    unit counts for a person where the person, the model and somebody else answered it. score: how
    close an answer is to those of the others: accuracy = the share that equals it; neg_rmse =
    minus the root of the mean squared difference.
    Per person, d = (person at least as close) - (model at least as close) on each unit, and a
    one-sided t-test of "mean d >= epsilon"; p-values below the Benjamini-Yekutieli bound at rate q
    are rejected. People with fewer than min_units units are not tested. Where every d is equal, the
    p-value is 0 below epsilon and 1 otherwise.
    Raises ValueError on other shapes, infinite values, fewer than two people, an unknown score,
    epsilon or q outside 0 to 1, or min_units below 2.
    Source: Calderon, Reichart and Dror (2025), arXiv 2501.10970; Benjamini and Yekutieli (2001),
    Annals of Statistics 29, 1165-1188.
    """
    ratings, answers, closeness = _checked(human, model, score)
    if not (0 <= epsilon <= 1 and 0 < q < 1):
        raise ValueError("epsilon must lie between 0 and 1, and q above 0 and below 1")
    if not isinstance(min_units, int | np.integer) or min_units < 2:  # noqa: PLR2004
        raise ValueError(f"min_units must be a whole number of 2 or more, not {min_units!r}")
    p_values = np.full(len(ratings), np.nan)
    advantages = []
    for person in range(len(ratings)):
        wins, losses = _wins(ratings, answers, person, closeness)
        if len(wins) >= min_units:
            p_values[person] = _p_below(losses - wins, epsilon)
            advantages.append(float(wins.mean()))
    tested = ~np.isnan(p_values)
    rejected = np.zeros(len(ratings), dtype=bool)
    rejected[tested] = benjamini_yekutieli(p_values[tested], q)
    if not tested.any():
        return AlternativeAnnotator(None, None, rejected, p_values)
    winning_rate = int(rejected.sum()) / int(tested.sum())
    return AlternativeAnnotator(winning_rate, float(np.mean(advantages)), rejected, p_values)


def person_comparisons(
    human: ArrayLike, model: ArrayLike, *, score: str = "accuracy"
) -> list[PersonComparison]:
    """Return the row of each person, tested or not. Arguments as in the test."""
    ratings, answers, closeness = _checked(human, model, score)
    found = []
    for person in range(len(ratings)):
        wins, losses = _wins(ratings, answers, person, closeness)
        n = len(wins)
        model_share, own_share = (float(each.mean()) if n else None for each in (wins, losses))
        found.append(PersonComparison(model_share, own_share, n))
    return found


def benjamini_yekutieli(p_values: ArrayLike, q: float) -> NDArray[np.bool_]:
    """Return which of the p-values (m,) are rejected at false discovery rate q, however dependent.

    The largest k whose k-th smallest p-value is at most k q / (m (1 + 1/2 + ... + 1/m)), and all
    below. Source: Benjamini and Yekutieli (2001), Annals of Statistics 29, 1165-1188.
    """
    values = np.asarray(p_values, dtype=np.float64)
    m = len(values)
    if not m:
        return np.zeros(0, dtype=bool)
    steps = np.arange(1, m + 1)
    bounds = steps / m * (q / np.sum(1.0 / steps))
    order = np.argsort(values, kind="stable")
    below = np.flatnonzero(values[order] <= bounds)
    rejected = np.zeros(m, dtype=bool)
    if len(below):
        rejected[order[: below[-1] + 1]] = True
    return rejected


def _checked(
    human: ArrayLike, model: ArrayLike, score: str
) -> tuple[FloatArray, FloatArray, Score]:
    if score not in SCORES:
        raise ValueError(f"score must be one of {', '.join(SCORES)}, not {score!r}")
    ratings = checked_ratings(human)
    answers = np.asarray(model, dtype=np.float64)
    if answers.shape != ratings.shape[1:]:
        raise ValueError(f"model must have the shape {ratings.shape[1:]}, not {answers.shape}")
    if np.isinf(answers).any():
        raise ValueError("model must be finite, or NaN where it gave no answer")
    if len(ratings) < 2:  # noqa: PLR2004 - nobody to compare with
        raise ValueError("the test needs two people or more")
    return ratings, answers, _accuracy if score == "accuracy" else _neg_rmse


def _wins(
    ratings: FloatArray, answers: FloatArray, person: int, closeness: Score
) -> tuple[FloatArray, FloatArray]:
    """Return per unit (n,) whether the model, and whether the person, is at least as close."""
    own, others = ratings[person], np.delete(ratings, person, axis=0)
    used = ~np.isnan(own) & ~np.isnan(answers) & ~np.isnan(others).all(axis=0)
    of_model = closeness(answers[used], others[:, used])
    of_person = closeness(own[used], others[:, used])
    return (of_model >= of_person).astype(float), (of_person >= of_model).astype(float)


def _accuracy(answers: FloatArray, others: FloatArray) -> FloatArray:
    present = ~np.isnan(others)
    found: FloatArray = (present & (others == answers)).sum(axis=0) / present.sum(axis=0)
    return found


def _neg_rmse(answers: FloatArray, others: FloatArray) -> FloatArray:
    present = ~np.isnan(others)
    squares = np.where(present, (others - answers) ** 2, 0.0).sum(axis=0)
    # Equal distances may differ in the last bit, and equality counts for both.
    found: FloatArray = -np.round(np.sqrt(squares / present.sum(axis=0)), DECIMALS)
    return found


def _p_below(differences: FloatArray, epsilon: float) -> float:
    """Return the p-value of Student's test that the mean of (n,) is epsilon or more."""
    n, mean = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1)) / np.sqrt(n)
    if error == 0:
        return 0.0 if mean < epsilon else 1.0
    return float(stdtr(n - 1, (mean - epsilon) / error))
