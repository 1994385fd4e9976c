"""Copies of a picture: damaged ones, which people tell apart, and ones that were saved again."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WORD_BOX = (80, 20)
# Colour moved by this many levels of Cb, at the same brightness.
MOVED = 24


def mosaic(image, cell):
    size = max(1, image.width // cell), max(1, image.height // cell)
    small = image.resize(size, Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def with_word(image, word, at):
    """Write a small word in low contrast; at: its place, in fractions of the room."""
    image = image.copy()
    x, y = (round(f * (s - w)) for f, s, w in zip(at, image.size, WORD_BOX, strict=True))
    draw = ImageDraw.Draw(image)
    draw.rectangle((x, y, x + WORD_BOX[0], y + WORD_BOX[1]), (70, 70, 68))
    draw.text((x + 4, y + 4), word, (120, 118, 110), font=ImageFont.load_default(12))
    return image


def with_other_colour(image, at):
    """Move the colour of a disc, as of an iris: its radius is 1 % of the width, at least 5."""
    radius = max(5, image.width // 100)
    x, y = (round(f * (s - 2 * radius)) for f, s in zip(at, image.size, strict=True))
    box = (x, y, x + 2 * radius, y + 2 * radius)
    levels = np.array(image.crop(box).convert("YCbCr"))
    blue = levels[..., 1].astype(int)
    levels[..., 1] = np.where(blue < 128, blue + MOVED, blue - MOVED)
    disc = Image.new("L", (2 * radius, 2 * radius))
    ImageDraw.Draw(disc).ellipse((0, 0, 2 * radius - 1, 2 * radius - 1), 255)
    image = image.copy()
    image.paste(Image.fromarray(levels, "YCbCr").convert("RGB"), box, disc)
    return image


def saved_again(image, file_format, **settings):
    buffer = BytesIO()
    image.save(buffer, file_format, **settings)
    return Image.open(BytesIO(buffer.getvalue())).convert("RGB")


def damaged(image, at):
    """Return pairs that people tell apart, by what was done."""
    return {
        "blur 1.5": (image, image.filter(ImageFilter.GaussianBlur(1.5))),
        "blur 3": (image, image.filter(ImageFilter.GaussianBlur(3))),
        "mosaic 8": (image, mosaic(image, 8)),
        "mosaic 16": (image, mosaic(image, 16)),
        "median 7": (image, image.filter(ImageFilter.MedianFilter(7))),
        "WELCOME, WELC0ME": (with_word(image, "WELCOME", at), with_word(image, "WELC0ME", at)),
        "colour of a disc": (image, with_other_colour(image, at)),
    }


def re_encoded(image):
    """Return pairs that look alike, by how the copy was saved."""
    return {
        "JPEG 95": (image, saved_again(image, "JPEG", quality=95)),
        "JPEG 95, full colour": (image, saved_again(image, "JPEG", quality=95, subsampling=0)),
        "JPEG 90": (image, saved_again(image, "JPEG", quality=90)),
        "WebP 95": (image, saved_again(image, "WEBP", quality=95)),
        "PNG": (image, saved_again(image, "PNG", compress_level=1)),
    }
