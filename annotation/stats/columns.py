"""Checked columns of long data: names as numbers, class numbers, shares."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def numbered(values: ArrayLike, name: str) -> tuple[NDArray[Any], IntArray]:
    """Return the distinct names, sorted, and each row's number among them: (n,) -> (m,), (n,).

    Names may be numbers, text or any one sortable kind of object.
    Raises ValueError on another shape, missing names, or names that cannot be sorted together.
    """
    array = _column(values, name)
    if array.dtype.kind == "O" and any(one is None for one in array):
        raise ValueError(f"{name} must not be None: leave missing votes out")
    if array.dtype.kind in "fc" and np.isnan(array).any():
        raise ValueError(f"{name} must not be NaN: leave missing votes out")
    try:
        distinct, numbers = np.unique(array, return_inverse=True)
    except TypeError:
        raise ValueError(f"{name} must be names of one kind that can be sorted") from None
    return distinct, numbers.astype(np.int64, copy=False)


def class_numbers(values: ArrayLike, n_classes: int, name: str = "label") -> IntArray:
    """Return class numbers (n,) from 0 to n_classes - 1; whole floats are taken as such.

    Raises ValueError on another shape, NaN, fractions, text, or numbers out of range.
    """
    if not isinstance(n_classes, int | np.integer) or n_classes < 1:
        raise ValueError(f"n_classes must be a whole number from 1, not {n_classes!r}")
    array = _column(values, name)
    if array.size and array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold class numbers, not {array.dtype}")
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"{name} must not be NaN: leave missing votes out")
    if array.dtype.kind == "f" and not (np.floor(array) == array).all():
        raise ValueError(f"{name} must hold whole numbers")
    if array.size and not 0 <= array.min() <= array.max() < n_classes:
        raise ValueError(
            f"{name} must lie between 0 and {n_classes - 1}, not {array.min()} to {array.max()}"
        )
    return array.astype(np.int64)


def shares(values: ArrayLike, name: str) -> FloatArray:
    """Return (n,) numbers between 0 and 1; raises ValueError on anything else."""
    array = _numbers(values, name)
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"{name} must lie between 0 and 1: 1 where right, 0 where wrong")
    return array


def flags(values: ArrayLike, name: str) -> NDArray[np.bool_]:
    """Return (n,) yes or no, given as booleans or as 1 and 0; raises ValueError otherwise."""
    array = _numbers(values, name)
    yes: NDArray[np.bool_] = array == 1
    if not (yes | (array == 0)).all():
        raise ValueError(f"{name} must be yes or no (1 or 0) in every row")
    return yes


def positive(values: ArrayLike, name: str) -> FloatArray:
    """Return (n,) numbers above 0 and finite; raises ValueError on anything else."""
    array = _numbers(values, name)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"{name} must be positive and finite: leave unknown ones out")
    return array


def equally_long(**columns: ArrayLike) -> None:
    """Raise ValueError naming the columns unless all have the same length."""
    lengths = [len(np.asarray(column)) for column in columns.values()]
    if len(set(lengths)) > 1:
        names, sizes = _listed(list(columns)), _listed([str(length) for length in lengths])
        raise ValueError(f"{names} must be equally long, not {sizes}")


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    array = _column(values, name)
    if array.size and array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, not {array.dtype}")
    return array.astype(np.float64)


def _column(values: ArrayLike, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must have the shape (n_votes,), not {array.shape}")
    return array
