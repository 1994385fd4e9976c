"""Read a picture for a reward model: as people see it, or as the official code reads it."""

import io

from PIL import Image

from annotation.errors import PictureRefused
from annotation.items.imaging.pictures import open_picture, upright_srgb
from annotation.items.imaging.presentation import on_ground

# shown: the pixels that people see, on the stated ground. official: as the code of the paper reads
# a file; EXIF turns, colour profiles and transparency are ignored, 16-bit grey is cut off.
SHOWN, OFFICIAL = "shown", "official"
READINGS = (SHOWN, OFFICIAL)

# What reading a picture raises; SyntaxError stands for broken chunks and EXIF blocks.
UNREADABLE = (Image.DecompressionBombError, OSError, ValueError, SyntaxError, PictureRefused)


def decoded(content: bytes, reading: str = SHOWN) -> Image.Image:
    """Return the RGB pixels of a file. Raises one of UNREADABLE."""
    if reading == SHOWN:
        return on_ground(open_picture(content).pixels)
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB")


def opened(image: Image.Image, reading: str = SHOWN) -> Image.Image:
    """Return the RGB pixels of an opened image, as `decoded` those of its file.

    Raises one of UNREADABLE for a file that is read only now.
    """
    if reading == SHOWN:
        return on_ground(upright_srgb(image))
    return image.convert("RGB")
