"""Read a picture for a reward model: as people see it, or as the official code reads it."""

import io
from collections.abc import Sequence

from PIL import Image

from annotation.errors import PictureRefused
from annotation.items.imaging.pictures import open_picture, shown_size, upright_srgb
from annotation.items.imaging.presentation import Presentation, on_ground
from annotation.items.imaging.sizes import Size, at_size
from annotation.items.imaging.watermarks import hide

# shown: the pixels that people see, on the stated ground. official: as the code of the paper reads
# a file; EXIF turns, colour profiles and transparency are ignored, 16-bit grey is cut off.
SHOWN, OFFICIAL = "shown", "official"
READINGS = (SHOWN, OFFICIAL)

# What reading a picture raises; SyntaxError stands for broken chunks and EXIF blocks.
UNREADABLE = (Image.DecompressionBombError, OSError, ValueError, SyntaxError, PictureRefused)


def presentation_of(reading: str, edit_size: str, watermarks: Sequence[str]) -> Presentation:
    """Return how a model reads pictures: as people see them, or as the official code does."""
    if reading != SHOWN:
        return Presentation(decoder=reading)
    return Presentation(size=edit_size, masked=tuple(watermarks))


def picture_name(sha: str, size: Size | None) -> str:
    """Return the name of a picture in the memory of a model: its hash, and a size to show it at."""
    return sha if size is None else f"{sha}@{size[0]}x{size[1]}"


def named_picture(name: str) -> tuple[str, Size | None]:
    """Return what `picture_name` was given."""
    sha, _, size = name.partition("@")
    width, _, height = size.partition("x")
    return sha, (int(width), int(height)) if size else None


def decoded(
    content: bytes,
    reading: str = SHOWN,
    size: Size | None = None,
    watermarks: Sequence[str] = (),
) -> Image.Image:
    """Return the RGB pixels of a file as a model reads them. Raises one of UNREADABLE.

    size: at which people see it; None for its own. watermarks: that are hidden. The official
    reading has neither.
    """
    pixels = pixels_of(content, reading)
    return presented(pixels, size, watermarks) if reading == SHOWN else presented(pixels)


def pixels_of(content: bytes, reading: str = SHOWN) -> Image.Image:
    """Return the pixels of a file, RGB or RGBA, in its own size. Raises one of UNREADABLE."""
    if reading == SHOWN:
        return open_picture(content).pixels
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB")


def presented(
    pixels: Image.Image, size: Size | None = None, watermarks: Sequence[str] = ()
) -> Image.Image:
    """Return RGB pixels at a size, None for their own, without watermarks, on the ground.

    In the order in which the views that people see are made.
    """
    return on_ground(hide(pixels if size is None else at_size(pixels, size), watermarks))


def size_of(content: bytes, reading: str = SHOWN) -> Size:
    """Return the size of a file's pixels, from its header. Raises one of UNREADABLE."""
    if reading == SHOWN:
        return shown_size(content)
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def opened(image: Image.Image, reading: str = SHOWN) -> Image.Image:
    """Return the pixels of an opened image, as `pixels_of` those of its file.

    Raises one of UNREADABLE for a file that is read only now.
    """
    return upright_srgb(image) if reading == SHOWN else image.convert("RGB")
