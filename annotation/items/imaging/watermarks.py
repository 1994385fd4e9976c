"""Hide the known marks of generators, alike on every picture of a campaign.

A watermark is stored as a line of text, `LEFT TOP RIGHT BOTTOM NAME`: a rectangle in fractions of
the picture, as in "0.92 0.98 1 1 colour bar".
"""

import hashlib
from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple

from PIL import Image

from annotation.items.imaging.presentation import GROUND

MOST_WATERMARKS = 6
MAX_LINE = 80
DECIMALS = 4
# A larger rectangle hides what is judged.
MOST_AREA = 0.1
N_SIDES = 4


class Watermark(NamedTuple):
    """A rectangle in fractions of the picture, from its upper left corner, and what it hides."""

    left: float
    top: float
    right: float
    bottom: float
    name: str

    def box(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return (left, top, right, bottom) in pixels; every pixel that it touches is inside."""
        width, height = size
        return (
            floor(round(self.left * width, DECIMALS)),
            floor(round(self.top * height, DECIMALS)),
            ceil(round(self.right * width, DECIMALS)),
            ceil(round(self.bottom * height, DECIMALS)),
        )

    def __str__(self) -> str:
        sides = (self.left, self.top, self.right, self.bottom)
        return " ".join([*(_plain(side) for side in sides), self.name])


def parse_watermark(line: str) -> Watermark:
    """Return the watermark that a line describes. Raises ValueError with a sentence."""
    *sides, name = [*line.strip().split(maxsplit=N_SIDES), ""][: N_SIDES + 1]
    try:
        left, top, right, bottom = (round(float(side), DECIMALS) for side in sides)
    except ValueError:
        raise ValueError(
            f"“{line[:MAX_LINE]}” is not four fractions and a name, as in 0.92 0.98 1 1 colour bar."
        ) from None
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError(
            f"“{line[:MAX_LINE]}”: left is less than right, top less than bottom, all from 0 to 1."
        )
    if not name:
        raise ValueError(f"“{line[:MAX_LINE]}” has no name.")
    if (right - left) * (bottom - top) > MOST_AREA:
        raise ValueError(f"“{name}” covers more than {MOST_AREA:.0%} of the picture.")
    found = Watermark(left, top, right, bottom, name)
    if len(str(found)) > MAX_LINE:
        raise ValueError(f"“{line[:MAX_LINE]}” is longer than {MAX_LINE} characters.")
    return found


def hide(pixels: Image.Image, watermarks: Sequence[str]) -> Image.Image:
    """Return the picture with GROUND over the watermarks; without any, the picture itself.

    pixels: RGB or RGBA, upright. The rectangles are opaque in both.
    """
    if not watermarks:
        return pixels
    covered = pixels.copy()
    colour = GROUND if pixels.mode == "RGB" else (*GROUND, 255)
    for line in watermarks:
        covered.paste(colour, parse_watermark(line).box(pixels.size))
    return covered


def tag_of(watermarks: Sequence[str]) -> str:
    """Return 12 letters and digits that differ for other rectangles, for names of files."""
    sides = sorted(parse_watermark(line)[:N_SIDES] for line in watermarks)
    return hashlib.sha256(repr(sides).encode()).hexdigest()[:12]


def _plain(side: float) -> str:
    return f"{side:.{DECIMALS}f}".rstrip("0").rstrip(".") or "0"
