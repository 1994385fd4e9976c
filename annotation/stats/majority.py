"""The most frequent label of each unit, with an explicit rule for ties."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.stats.columns import FloatArray, IntArray, class_numbers, equally_long, numbered

TIE_RULES = ("unresolved", "lowest", "random", "share")
UNRESOLVED = -1


class MajorityVote(NamedTuple):
    """The class most people chose, unit by unit, in the order of `numpy.unique` of their names.

    winners: (n_units,), class numbers, -1 = unresolved. weights: (n_units, n_classes), how much of
    the unit goes to each class: rows sum to 1, or to 0 where it is unresolved. n_ties: units on
    which two or more classes lead, whatever the rule made of them.
    """

    winners: IntArray
    weights: FloatArray
    n_ties: int


def majority_vote(
    unit: ArrayLike, label: ArrayLike, n_classes: int, *, ties: str = "unresolved", seed: int = 0
) -> MajorityVote:
    """Return the most frequent label of each unit: the most votes, be they more than half or not.

    unit, label: (n_votes,); label is a class number below n_classes. ties: what to do where several
    classes have most votes: "unresolved", the "lowest" class number, one of them at "random" (by
    seed, whatever the order of rows), or a "share" to each: weights 1 / number of leaders, and no
    winner; sum(weights[i, truth[i]]) is then the number right that random ties expect.
    Raises ValueError on an unknown rule, unequal lengths, missing names or labels out of range.
    """
    if ties not in TIE_RULES:
        raise ValueError(f"ties must be one of {', '.join(TIE_RULES)}, not {ties!r}")
    names, units = numbered(unit, "unit")
    classes = class_numbers(label, n_classes)
    equally_long(unit=units, label=classes)
    cells = np.bincount(units * n_classes + classes, minlength=len(names) * n_classes)
    votes = cells.reshape(len(names), n_classes)
    leads = votes == votes.max(axis=1, keepdims=True)
    tied = leads.sum(axis=1) > 1
    winners = leads.argmax(axis=1)
    if ties == "random":
        winners[tied] = _one_of(leads[tied], np.random.default_rng(seed))
    elif ties != "lowest":
        winners[tied] = UNRESOLVED
    weights = (winners[:, None] == np.arange(n_classes)).astype(np.float64)
    if ties == "share":
        weights[tied] = leads[tied] / leads[tied].sum(axis=1, keepdims=True)
    return MajorityVote(winners, weights, int(tied.sum()))


def _one_of(leads: NDArray[np.bool_], rng: np.random.Generator) -> IntArray:
    """Return one true column of each row, each with the same chance."""
    chosen: IntArray = np.where(leads, rng.random(leads.shape), -1.0).argmax(axis=1)
    return chosen
