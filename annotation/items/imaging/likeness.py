"""Decide whether two pictures look alike to a person who sees them side by side.

A picture that was saved again differs a little everywhere; an edit, or damage, differs much
somewhere. So the largest local difference decides, not a mean over the picture. A blur of fine,
faint texture changes few levels; it is found by the loss of sharpness. Thresholds were set on one
half of real photographs and checked on the other (docs/experiments.md).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from annotation.items.imaging.presentation import on_ground

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

# Side of the window for brightness, in pixels of the fit view: about a stroke of a small letter.
STROKE = 5
# Side of the window for colour. Encoders halve the resolution of colour, and the errors at an edge
# cancel within 8 pixels; a spot of colour of this size does not.
SPOT = 8
# Side of the window for sharpness: enough pixels for a stable mean of the Laplacian.
PATCH = 32
# Most levels (0 to 255) of mean absolute difference in brightness, and of difference in mean
# colour, of two pictures that look alike.
LUMA_LEVELS = 8.0
COLOUR_LEVELS = 8.0
# Least ratio of the detail in a patch of one picture to that of the other.
LEAST_SHARPNESS = 0.45
# A patch with less detail than this in both (mean absolute Laplacian, levels) is flat. Encoding
# errors of 1.5 levels give 5: the ratio would compare the noise of two encodings.
FLAT = 6.0
# BT.601, the full-range brightness and colour axes of JPEG: encoders work on these, so their
# errors are separate on them. Rows: Y, Cb, Cr.
YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)


class Likeness(NamedTuple):
    """How far two pictures of one size differ where they differ most.

    luma, colour: levels, 0 for equal pictures. sharpness: 1 for equal, 0 if all detail is lost in a
    patch.
    """

    luma: float
    colour: float
    sharpness: float

    @property
    def is_alike(self) -> bool:
        """Whether a person would hardly tell the pictures apart."""
        return (
            self.luma <= LUMA_LEVELS
            and self.colour <= COLOUR_LEVELS
            and self.sharpness >= LEAST_SHARPNESS
        )


def likeness(one: Pixels, other: Pixels) -> Likeness:
    """Compare two sRGB pictures, (height, width, 3) uint8 of one shape.

    Raises ValueError for different shapes: such pictures are never alike.
    """
    if one.shape != other.shape:
        raise ValueError(f"the pictures have different shapes, {one.shape} and {other.shape}")
    left, right = _luma(one), _luma(other)
    luma = _mean(np.abs(left - right), STROKE).max()
    difference = one.astype(np.float32) - other
    blue, red = (_mean(difference @ axis, SPOT) for axis in YCC[1:])
    colour = np.hypot(blue, red).max()
    return Likeness(float(luma), float(colour), _sharpness(left, right))


def as_seen(view: Image.Image) -> Pixels:
    """Return a fit view as (height, width, 3) sRGB levels, on the ground of the pages."""
    return np.asarray(on_ground(view))


def _luma(pixels: Pixels) -> Plane:
    plane: Plane = pixels.astype(np.float32) @ YCC[0]
    return plane


def _sharpness(left: Plane, right: Plane) -> float:
    """Return the least ratio of detail over all patches that have some."""
    details = [_mean(np.abs(ndimage.laplace(plane)), PATCH) for plane in (left, right)]
    more, less = np.maximum(*details), np.minimum(*details)
    detailed = more > FLAT
    return float((less[detailed] / more[detailed]).min()) if detailed.any() else 1.0


def _mean(plane: Plane, side: int) -> Plane:
    mean: Plane = ndimage.uniform_filter(plane, side, mode="nearest")
    return mean
