"""What the votes say about each annotator."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from annotation.stats.intervals import wilson

IntArray = NDArray[np.int64]


class RaterAgreement(NamedTuple):
    """One rater's agreement with the others, with a 95 % Wilson interval.

    n: the rater's votes on units where somebody else voted too. share, low and high are None
    when there is none.
    """

    rater: object
    share: float | None
    low: float | None
    high: float | None
    n: int


def agreement_with_others(
    unit: ArrayLike, rater: ArrayLike, value: ArrayLike
) -> list[RaterAgreement]:
    """Return for each rater the share of votes that match the other votes on the same unit.

    unit, rater, value: (n_votes,), numbers or text each; one vote per unit and rater. A vote on a
    unit with m - 1 other votes counts as matched by the share of those that are equal to it, so
    that every vote counts once however many people voted. Raters are sorted. The interval takes
    the rater's votes as independent trials.
    Raises ValueError on unequal lengths, missing values (NaN) or a rater's second vote on a unit.
    """
    (_, units), (names, raters), (_, values) = (
        _numbered(array, name)
        for array, name in ((unit, "unit"), (rater, "rater"), (value, "value"))
    )
    if not len(units) == len(raters) == len(values):
        raise ValueError(
            f"unit, rater and value must be equally long, not {len(units)}, {len(raters)} "
            f"and {len(values)}"
        )
    if len(np.unique(units * max(len(names), 1) + raters)) < len(units):
        raise ValueError("a rater has two votes on one unit")
    others = np.bincount(units)[units] - 1
    _, same_as, same = np.unique(
        units * (values.max(initial=0) + 1) + values, return_inverse=True, return_counts=True
    )
    matched = (same[same_as] - 1) / np.maximum(others, 1)
    n_votes = np.bincount(raters, others > 0, minlength=len(names)).astype(int)
    matches = np.bincount(raters, matched, minlength=len(names))
    return [
        _row(name, min(float(k), n), n)
        for name, k, n in zip(names.tolist(), matches, n_votes.tolist(), strict=True)
    ]


def _row(rater: object, matches: float, n: int) -> RaterAgreement:
    if n == 0:
        return RaterAgreement(rater, None, None, None, 0)
    low, high = wilson(matches, n)
    return RaterAgreement(rater, matches / n, low, high, n)


def _numbered(values: ArrayLike, name: str) -> tuple[NDArray[np.generic], IntArray]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have the shape (n_votes,), not {array.shape}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"{name} must not be NaN: leave missing votes out")
    distinct, numbers = np.unique(array, return_inverse=True)
    return distinct, numbers
