"""Consistency of one person on repeats."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.columns import IntArray, equally_long, flags, numbered
from annotation.stats.intervals import wilson
from annotation.stats.kappas import cohen_kappa


class RepeatAgreement(NamedTuple):
    """How often the second answer equals the first, with a 95 % Wilson interval.

    kappa: Cohen's, first against second answers, unweighted: the agreement beyond chance. None
    where undefined; why_undefined then gives the reason.
    """

    n: int
    n_same: int
    share: float | None
    low: float | None
    high: float | None
    kappa: float | None
    why_undefined: str | None


class Consistency(NamedTuple):
    """A person's repeats: all, those shown on the same sides, and those with sides swapped."""

    all: RepeatAgreement
    same_side: RepeatAgreement
    swapped: RepeatAgreement


def repeat_consistency(first: ArrayLike, second: ArrayLike, swapped: ArrayLike) -> Consistency:
    """Return how consistent one person's repeated answers are.

    first, second: (n_repeats,), the answers in canonical order, numbers or text alike; swapped:
    (n_repeats,), whether the second time showed them on other sides. One repeat per comparison, or
    the interval is too narrow. Consistent on the same side and not when swapped is a position
    habit; inconsistent on both is guessing or a hard comparison.
    Raises ValueError on unequal lengths, missing answers, or swapped other than yes or no.
    Source: Cohen (1960), Educational and Psychological Measurement 20, 37-46.
    """
    sides = flags(swapped, "swapped")
    for answers, name in ((first, "first"), (second, "second")):
        numbered(answers, name)
    equally_long(first=first, second=second, swapped=sides)
    together = np.concatenate([np.asarray(first), np.asarray(second)])
    _, numbers = numbered(together, "first and second")
    one, two = numbers[: len(sides)], numbers[len(sides) :]
    every = np.ones(len(sides), dtype=bool)
    return Consistency(*(_agreement(one[rows], two[rows]) for rows in (every, ~sides, sides)))


def _agreement(first: IntArray, second: IntArray) -> RepeatAgreement:
    n, n_same = len(first), int((first == second).sum())
    if n == 0:
        return RepeatAgreement(0, 0, None, None, None, None, "There are no repeats.")
    kappa = cohen_kappa(first, second)
    why = "All answers are the same value; kappa needs two." if kappa is None else None
    return RepeatAgreement(n, n_same, n_same / n, *wilson(n_same, n), kappa, why)
