"""The size at which an edit is served, so that its own size does not tell the generator."""

from PIL import Image

Size = tuple[int, int]

# Sides that differ by at most this share after scaling are rounding of the generator, not a shape.
SAME_SHAPE = 0.04


def served_size(size: Size, source: Size) -> Size:
    """Return (width, height) at which an edit of a size is served beside its source.

    The source's, if the shapes differ by at most SAME_SHAPE. Else the largest size of the edit's
    own shape inside the source's: stretching would show another picture.
    """
    scale = min(source[0] / size[0], source[1] / size[1])
    width, height = (max(1, round(side * scale)) for side in size)
    if width >= source[0] * (1 - SAME_SHAPE) and height >= source[1] * (1 - SAME_SHAPE):
        return source
    return width, height


def at_size(pixels: Image.Image, size: Size) -> Image.Image:
    """Return the picture at a size, by Lanczos's filter over three pixels."""
    return pixels if pixels.size == size else pixels.resize(size, Image.Resampling.LANCZOS)
