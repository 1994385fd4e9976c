"""Align the edits of one picture with it, and find the region that they change.

Pictures come as (height, width, 3) uint8 arrays of one size, the working size: edits of another
size are compared by relative position. Shifts are (right, down) in pixels of the working size.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from annotation.items.imaging.presentation import on_ground

Picture = NDArray[np.uint8]
Region = NDArray[np.bool_]

WORKING_SIDE = 512
# Levels of the largest channel's difference, after a mean over 3 x 3 (docs/experiments.md).
CHANGED = 24
# A shift is accepted up to this fraction of the side, and when it reduces the difference to at most
# this fraction.
FARTHEST = 0.05
BETTER_BY = 0.8
# Sizes of closing and widening, in pixels of the working size.
CLOSING = 4
MARGIN = 4
LUMA = np.array([0.299, 0.587, 0.114])
FEWEST = 3


class ChangeRegion(NamedTuple):
    """region: None with fewer than three edits. shifts: one per edit, as fractions of the size."""

    region: Region | None
    shifts: list[tuple[float, float]]


def at_working_size(image: Image.Image, size: tuple[int, int] | None = None) -> Picture:
    """Return a picture on GROUND at `size`, or with its longest side at most WORKING_SIDE."""
    if size is None:
        scale = min(1.0, WORKING_SIDE / max(image.size))
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return np.asarray(on_ground(image).resize(size, Image.Resampling.BOX))


def shift_of(source: Picture, edit: Picture) -> tuple[float, float]:
    """Return the shift of an edit against its source; (0, 0) when no shift fits clearly better.

    By phase correlation of windowed luminance, refined by a parabola through the peak.
    """
    a, b = (_windowed(picture @ LUMA) for picture in (source, edit))
    spectrum = np.fft.rfft2(b) * np.conj(np.fft.rfft2(a))
    correlation = np.fft.irfft2(spectrum / np.maximum(np.abs(spectrum), 1e-9), s=a.shape)
    height, width = a.shape
    limits = _farthest(height), _farthest(width)
    near = _around_zero(correlation, limits)
    if near[limits] >= near.max():
        return 0.0, 0.0
    row, column = np.unravel_index(int(np.argmax(near)), near.shape)
    down = row - limits[0] + _vertex(near[:, column], int(row))
    right = column - limits[1] + _vertex(near[row, :], int(column))
    if max(abs(right), abs(down)) < 0.25:  # noqa: PLR2004 - a quarter of a pixel is none
        return 0.0, 0.0
    unmoved = _typical_difference(source, edit, (0.0, 0.0))
    moved = _typical_difference(source, edit, (right, down))
    return (float(right), float(down)) if moved < BETTER_BY * unmoved else (0.0, 0.0)


def changed(source: Picture, edit: Picture, shift: tuple[float, float] = (0.0, 0.0)) -> Region:
    """Return which pixels of the source an edit changes, after moving it back by its shift."""
    difference = _difference(source, edit, shift)
    smooth: NDArray[np.float64] = ndimage.uniform_filter(difference, 3, mode="nearest")
    return smooth > CHANGED


def change_region(source: Picture, edits: Sequence[Picture]) -> ChangeRegion:
    """Return what at least half of the edits change, closed and slightly widened."""
    height, width = source.shape[:2]
    shifts = [shift_of(source, edit) for edit in edits]
    fractions = [(right / width, down / height) for right, down in shifts]
    if len(edits) < FEWEST:
        return ChangeRegion(None, fractions)
    votes = np.zeros((height, width), dtype=np.int16)
    for edit, shift in zip(edits, shifts, strict=True):
        votes += changed(source, edit, shift)
    return ChangeRegion(_widened(2 * votes >= len(edits)), fractions)


def mask_region(mask: Image.Image, size: tuple[int, int]) -> Region:
    """Return the white part of a mask at (width, height); a part too thin for it is widened."""
    grey = np.asarray(mask.convert("L").resize(size, Image.Resampling.BOX))
    region = grey >= 128  # noqa: PLR2004 - the middle of 8 bits
    return region if region.any() else grey > 0


def encoded(region: Region) -> bytes:
    """Return a region as an 8-bit PNG without metadata, white where a change is meant."""
    buffer = BytesIO()
    Image.fromarray(np.where(region, 255, 0).astype(np.uint8)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _widened(region: Region) -> Region:
    # Pad the picture, or closing would erode regions that touch its edge.
    padded = np.pad(region, CLOSING)
    closed = ndimage.binary_closing(padded, iterations=CLOSING)[CLOSING:-CLOSING, CLOSING:-CLOSING]
    return np.asarray(ndimage.binary_dilation(closed, iterations=MARGIN))


def _windowed(luminance: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = luminance.shape
    window = np.hanning(height)[:, None] * np.hanning(width)[None, :]
    return np.asarray((luminance - luminance.mean()) * window)


def _farthest(side: int) -> int:
    """Return the largest shift along a side; a larger cyclic shift is ambiguous."""
    return min(max(1, int(side * FARTHEST)), (side - 1) // 2)


def _around_zero(correlation: NDArray[np.float64], limits: tuple[int, int]) -> NDArray[np.float64]:
    """Return a cyclic correlation for shifts up to the limits, with zero shift in the middle."""
    rows = np.arange(-limits[0], limits[0] + 1)
    columns = np.arange(-limits[1], limits[1] + 1)
    return correlation[np.ix_(rows, columns)]


def _vertex(values: NDArray[np.float64], peak: int) -> float:
    """Return the vertex of a parabola through the peak, at most half a step away from it."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    before, at, after = values[peak - 1 : peak + 2]
    curve = before - 2 * at + after
    return 0.0 if curve >= 0 else float(np.clip((before - after) / (2 * curve), -0.5, 0.5))


def _difference(source: Picture, edit: Picture, shift: tuple[float, float]) -> NDArray[np.float64]:
    """Return the largest channel's difference; 0 where the moved edit does not reach."""
    if shift == (0.0, 0.0):
        return np.asarray(np.abs(source.astype(np.float64) - edit).max(axis=2))
    right, down = shift
    back = (-down, -right, 0)
    moved = ndimage.shift(edit.astype(np.float64), back, order=1, mode="constant", cval=np.nan)
    return np.asarray(np.nan_to_num(np.abs(source - moved).max(axis=2), nan=0.0))


def _typical_difference(source: Picture, edit: Picture, shift: tuple[float, float]) -> float:
    """Return a difference that is robust to a large edit of one part."""
    return float(np.median(_difference(source, edit, shift)))
