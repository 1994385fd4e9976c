"""Read which part of a picture a mask marks, in the ways in which tools write masks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotation.errors import PictureRefused
from annotation.items.imaging.pictures import open_picture

# The middle of 8 bits: from here on a level is white, an alpha opaque.
WHITE = 128
# Levels this near to black or white are black or white; soft edges have few others.
BLACK = 32
MAX_BETWEEN = 0.25
# A picture with at most so many colours is drawn, such as a label map; more come from JPEG or soft
# edges.
FEW_COLOURS = 32
# Levels between the channels of a colour that is not grey.
COLOURFUL = 32


class Mask(NamedTuple):
    """region: mode L, upright, 255 where a change is meant, else 0. note: how it was read."""

    region: Image.Image
    note: str


def read_mask(data: bytes) -> Mask:
    """Return the part that a mask marks. Raises PictureRefused for one that marks nothing.

    An alpha channel with both transparent and opaque pixels decides: transparent = change, as image
    generators expect. Otherwise white does; of a drawn picture without white, such as one with the
    levels 0 and 1 or the colours of a palette, every level but the darkest.
    """
    pixels = open_picture(data).pixels
    if pixels.mode == "RGBA":
        transparent = np.asarray(pixels.getchannel("A")) < WHITE
        if transparent.any() and not transparent.all():
            return _mask(transparent, "its transparent part is read as the part to change")
        pixels = pixels.convert("RGB")
    levels = np.asarray(pixels).max(axis=2)
    white = levels >= WHITE
    if pixels.getcolors(FEW_COLOURS) is not None and not _is_black_and_white(pixels, white):
        brighter = levels > levels.min()
        if brighter.any():
            return _mask(brighter, "all but its darkest colour is read as the part to change")
    between = (levels >= BLACK) & (levels <= 255 - BLACK)
    is_grey = between.mean() > MAX_BETWEEN
    note = "it is not black and white; its brighter part is read as the part to change"
    return _mask(white, note if is_grey else "")


def _is_black_and_white(pixels: Image.Image, white: NDArray[np.bool_]) -> bool:
    """Whether a mask has no colours but greys, of which some are white and some are not."""
    rgb = np.asarray(pixels).astype(np.int16)
    greys = (rgb.max(axis=2) - rgb.min(axis=2)).max() < COLOURFUL
    return bool(greys and white.any() and not white.all())


def _mask(region: NDArray[np.bool_], note: str) -> Mask:
    if not region.any():
        raise PictureRefused("it marks nothing: no part of it is white or transparent")
    if region.all():
        note = "it marks the whole picture as the part to change"
    return Mask(Image.fromarray(np.where(region, 255, 0).astype(np.uint8)), note)
