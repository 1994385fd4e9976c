"""Encode the views people see, and hash what a picture looks like."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

FIT_SIDE = 1600
FIT_QUALITY = 90
# Half the time of the default 4, and files 2 % larger.
FIT_METHOD = 2
# Effort, not loss: every setting gives the same pixels. Slower ones save 5 to 15 % of the bytes
# in three to five times the time.
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


def full_view(pixels: Image.Image) -> View:
    """Return a lossless 1:1 view. Colours under fully transparent pixels are not kept."""
    return _encode("full", pixels, lossless=True, quality=FULL_EFFORT, method=FULL_METHOD)


def fit_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the fit view of a picture of this size."""
    scale = FIT_SIDE / max(width, height)
    if scale >= 1:
        return width, height
    return max(1, round(width * scale)), max(1, round(height * scale))


def pixels_sha256(pixels: Image.Image) -> str:
    """Return a hash of a decoded picture that equal pictures share, whatever file they came in.

    pixels: as `open_picture` returns them, upright sRGB. Size, colours and opacity count; colours
    under fully transparent pixels, which nobody sees on any ground, do not.
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

    Saved again as JPEG, WebP or at another size, a picture moves by 3 levels at most. So do a
    blur and a small change of detail: nearness means "look at it", not "the same". Transparent
    pixels lie on mid-grey.
    """
    flat = _on_grey(pixels).convert("RGB")
    return flat.resize((GRID_SIDE, GRID_SIDE), Image.Resampling.BOX).tobytes()


def difference_hash(pixels: Image.Image) -> int:
    """Return a 64-bit difference hash as a signed integer; near pictures differ in few bits.

    Each bit says whether brightness grows from one cell to its right neighbour on an 8 × 9 grid;
    transparent pixels lie on mid-grey.
    """
    small = _on_grey(pixels).convert("L").resize((9, 8), Image.Resampling.BOX)
    grid = np.asarray(small, dtype=np.int16)  # (8, 9)
    bits = np.packbits(grid[:, 1:] > grid[:, :-1])
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def _on_grey(pixels: Image.Image) -> Image.Image:
    if pixels.mode != "RGBA":
        return pixels
    ground = Image.new("RGBA", pixels.size, (128, 128, 128, 255))
    return Image.alpha_composite(ground, pixels)


def _encode(variant: str, pixels: Image.Image, **settings: int | bool) -> View:
    buffer = BytesIO()
    pixels.save(buffer, "WEBP", exif=b"", icc_profile=b"", xmp=b"", **settings)
    return View(variant, buffer.getvalue(), *pixels.size)
