"""Checked arrays for the metrics: pairs, groups and rows, on numpy alone."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def checked_pairs(gap: ArrayLike, human: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Return gaps and labels of pairs (n,); raises ValueError unless all are usable."""
    gaps, labels = finite(gap, "gap"), finite(human, "human")
    _equally_long(gap=gaps, human=labels)
    if not np.isin(labels, (1, 0, -1)).all():
        raise ValueError("a human label is 1 (first preferred), 0 (tie) or -1 (second preferred)")
    return gaps, labels.astype(np.int64)


def checked_group(
    scores: ArrayLike, ranks: ArrayLike | None, number: int
) -> tuple[FloatArray, FloatArray]:
    """Return scores and human ranks of one group (K,); raises ValueError naming its number."""
    if ranks is None:
        raise ValueError(f"group {number} has no ranks: leave it out")
    values = finite(scores, f"scores of group {number}")
    human = finite(ranks, f"ranks of group {number}")
    if len(values) != len(human):
        raise ValueError(f"group {number} has {len(values)} scores, but {len(human)} ranks")
    if len(values) < 2:  # noqa: PLR2004 - one candidate has no order
        raise ValueError(f"group {number} has {len(values)} candidates: two or more are needed")
    return values, human


def checked_rows(
    pred: ArrayLike, human: ArrayLike, group: ArrayLike, name: str
) -> tuple[FloatArray, FloatArray, NDArray[Any], IntArray]:
    """Return predictions and human scores (n,), the distinct groups, and each row's group number.

    Raises ValueError on unequal lengths, values that are not finite, or groups that are missing
    or of several kinds. name: what a group is called in the message.
    """
    predicted, judged = finite(pred, "pred"), finite(human, "human")
    groups = np.asarray(group)
    if groups.ndim != 1:
        raise ValueError(f"{name} must have the shape (n,), not {groups.shape}")
    _equally_long(pred=predicted, human=judged, **{name: groups})
    if (groups.dtype.kind == "O" and any(one is None for one in groups)) or (
        groups.dtype.kind == "f" and np.isnan(groups).any()
    ):
        raise ValueError(f"every row needs a {name}")
    try:
        names, numbers = np.unique(groups, return_inverse=True)
    except TypeError:
        raise ValueError(f"{name} must be all numbers or all text") from None
    return predicted, judged, names, numbers.astype(np.int64)


def finite(values: ArrayLike, name: str) -> FloatArray:
    """Return values as floats (n,); raises ValueError saying how many are not finite."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have the shape (n,), not {array.shape}")
    if array.size and array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, not {array.dtype}")
    numbers = array.astype(np.float64)
    unusable = int((~np.isfinite(numbers)).sum())
    if unusable:
        raise ValueError(f"{unusable} of {len(numbers)} values of {name} are not finite numbers")
    return numbers


def _equally_long(**columns: NDArray[Any]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"the columns differ in length: {said}")
