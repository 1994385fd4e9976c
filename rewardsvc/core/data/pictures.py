"""Decode a stored picture, also one that ends a little too early."""

import io

from PIL import Image

from annotation.errors import PictureRefused
from annotation.items.imaging.pictures import open_picture

# What Pillow raises on broken files; SyntaxError stands for broken chunks and EXIF blocks.
UNREADABLE = (Image.DecompressionBombError, OSError, ValueError, SyntaxError)


def decoded(content: bytes) -> Image.Image:
    """Return a picture with its pixels loaded.

    What Pillow cannot decode is read as the import reads it: a JPEG without its last bytes or a PNG
    without its end was taken there, and people judged it. Raises one of UNREADABLE.
    """
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
    except UNREADABLE as error:
        try:
            return open_picture(content).pixels
        except PictureRefused:
            raise error from None
    return image
