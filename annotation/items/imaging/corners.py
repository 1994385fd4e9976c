"""Find marks that are the same in a corner of most pictures of one group and of no other.

Each corner is a grid of mean colours. A cell is fixed in a group if most pictures have the group's
median colour there: pictures of different sources agree so only where something was put on them.
Only opaque marks are found; a translucent one takes the colours behind it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotation.items.imaging.presentation import on_ground
from annotation.items.imaging.watermarks import Watermark

Corners = NDArray[np.uint8]

# Share of each side that a corner takes, and its cells along a side.
REACH, CELLS = 0.125, 32
# Levels (0 to 255, mean over the channels) within which a colour is the median colour.
LEVELS = 12.0
# A cell is fixed in a group if at least MOST agree, and free of a mark if at most FEW do.
MOST, FEW = 0.6, 0.3
# Cells of a mark, of 1024 in a corner; fewer are chance.
LEAST_CELLS = 12
# Fewer pictures of a group tell too little.
LEAST_PICTURES = 8
NAMES = ("upper left", "upper right", "lower left", "lower right")


class CornerMark(NamedTuple):
    """A mark of one group of pictures. watermark: its rectangle, as a campaign can hide it."""

    group: str
    corner: str
    watermark: Watermark


def corners_of(pixels: Image.Image) -> Corners:
    """Return the mean colours of the corners, (4, CELLS, CELLS, 3), in the order of NAMES."""
    picture = on_ground(pixels)
    wide, high = (side * REACH for side in picture.size)
    boxes = [
        (left, top, left + wide, top + high)
        for top in (0, picture.height - high)
        for left in (0, picture.width - wide)
    ]
    return np.stack(
        [np.asarray(picture.resize((CELLS, CELLS), Image.Resampling.BOX, box=box)) for box in boxes]
    )


def corner_marks(groups: Mapping[str, Sequence[Corners]]) -> list[CornerMark]:
    """Return the marks that one group has and no other, by group and corner.

    groups: by name, the corners of pictures of different sources; the sources are a group, too.
    """
    shares = {
        name: _share_agreeing(np.stack(pictures))
        for name, pictures in groups.items()
        if len(pictures) >= LEAST_PICTURES
    }
    found = []
    for name, own in shares.items():
        others = [share for other, share in shares.items() if other != name]
        if not others:
            continue
        other = np.max(others, axis=0)  # (4, CELLS, CELLS)
        # Some pictures of the others may have the mark, such as sources that are earlier edits.
        mark = (own >= MOST) & (other < MOST)
        for corner, cells in enumerate(mark):
            if (cells & (other[corner] <= FEW)).sum() >= LEAST_CELLS:
                found.append(CornerMark(name, NAMES[corner], _watermark(corner, cells)))
    return found


def _share_agreeing(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return for each cell the share of the pictures (n, 4, CELLS, CELLS, 3) near the median."""
    colours = pictures.astype(np.float32)
    distance = np.abs(colours - np.median(colours, axis=0)).mean(axis=-1)
    return np.asarray((distance <= LEVELS).mean(axis=0))


def _watermark(corner: int, cells: NDArray[np.bool_]) -> Watermark:
    """Return the rectangle around cells, with a cell more on each side, up to the corner's end."""
    is_low, is_right = corner >= len(NAMES) // 2, bool(corner % 2)
    rows, columns = np.nonzero(cells)
    top, bottom = _span(rows, is_far=is_low)
    left, right = _span(columns, is_far=is_right)
    return Watermark(left, top, right, bottom, f"mark in the {NAMES[corner]} corner")


def _span(at: NDArray[np.intp], *, is_far: bool) -> tuple[float, float]:
    """Return where cells begin and end along a side, in fractions of the picture."""
    first, last = max(0, int(at.min()) - 1), min(CELLS, int(at.max()) + 2)
    start = 1 - REACH if is_far else 0.0
    return round(start + REACH * first / CELLS, 4), round(start + REACH * last / CELLS, 4)
