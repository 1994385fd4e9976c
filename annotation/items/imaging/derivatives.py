"""Encode the views of a picture, and hash its content."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from annotation.items.imaging.presentation import on_ground

FIT_SIDE = 1600
FIT_QUALITY = 90
# WebP method: half the time of the default 4, files 2 % larger.
FIT_METHOD = 2
# Lossless effort: the pixels are the same at every setting. Slower settings save 5 to 15 % of the
# bytes and take three to five times as long.
FULL_EFFORT = 25
FULL_METHOD = 0
GRID_SIDE = 16
# Rows hashed at a time, so that a large picture is not held in memory twice.
HASHED_ROWS = 256


@dataclass(frozen=True)
class View:
    """One encoded view. variant: fit or full; data: a WebP file without metadata."""

    variant: str
    data: bytes
    width: int
    height: int


def fit_view(pixels: Image.Image) -> View:
    """Return a lossy view whose longest side is at most FIT_SIDE pixels; never enlarged."""
    size = fit_size(*pixels.size)
    if size != pixels.size:
        pixels = pixels.resize(size, Image.Resampling.LANCZOS)
    return _encode("fit", pixels, quality=FIT_QUALITY, method=FIT_METHOD)


def step_view(pixels: Image.Image, side: int) -> View:
    """Return a lossy view whose longest side is `side` pixels, of a longer fit view."""
    small = pixels.resize(_inside(*pixels.size, side), Image.Resampling.LANCZOS)
    return _encode("fit", small, quality=FIT_QUALITY, method=FIT_METHOD)


def full_view(pixels: Image.Image) -> View:
    """Return a lossless 1:1 view. Colours under fully transparent pixels are not kept."""
    return _encode("full", pixels, lossless=True, quality=FULL_EFFORT, method=FULL_METHOD)


def fit_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the fit view of a picture of this size."""
    return _inside(width, height, FIT_SIDE)


def _inside(width: int, height: int, side: int) -> tuple[int, int]:
    scale = side / max(width, height)
    if scale >= 1:
        return width, height
    return max(1, round(width * scale)), max(1, round(height * scale))


def pixels_sha256(pixels: Image.Image) -> str:
    """Return a hash of the decoded pixels, equal for equal pictures in different files.

    pixels: upright sRGB from `open_picture`. The hash covers size, colours and opacity, except
    colours of fully transparent pixels, which are invisible.
    """
    digest = hashlib.sha256(f"{pixels.mode} {pixels.width} {pixels.height}".encode())
    for top in range(0, pixels.height, HASHED_ROWS):
        box = (0, top, pixels.width, min(top + HASHED_ROWS, pixels.height))
        rows = np.array(pixels.crop(box))  # (rows, width, 3 or 4)
        if pixels.mode == "RGBA":
            rows[rows[:, :, 3] == 0] = 0
        digest.update(rows.data)
    return digest.hexdigest()


def colour_grid(pixels: Image.Image) -> bytes:
    """Return the mean colour of 16 × 16 equal cells as RGB bytes, row by row (768 bytes).

    Saving again as JPEG or WebP, or at another size, changes a cell by at most 3 levels. So does a
    blur or a small change of detail: near grids need a look and may still differ. Transparent
    pixels are drawn on mid-grey.
    """
    return on_ground(pixels).resize((GRID_SIDE, GRID_SIDE), Image.Resampling.BOX).tobytes()


def difference_hash(pixels: Image.Image) -> int:
    """Return a 64-bit difference hash as a signed integer; near pictures differ in few bits.

    A bit is 1 where brightness grows from a cell to its right neighbour, on an 8 × 9 grid.
    Transparent pixels are drawn on mid-grey.
    """
    small = on_ground(pixels).convert("L").resize((9, 8), Image.Resampling.BOX)
    grid = np.asarray(small, dtype=np.int16)  # (8, 9)
    bits = np.packbits(grid[:, 1:] > grid[:, :-1])
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def _encode(variant: str, pixels: Image.Image, **settings: int | bool) -> View:
    buffer = BytesIO()
    pixels.save(buffer, "WEBP", exif=b"", icc_profile=b"", xmp=b"", **settings)
    return View(variant, buffer.getvalue(), *pixels.size)
