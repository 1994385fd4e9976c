"""Smaller steps of fit views, for screens that show a picture small: made when first asked for."""

from dataclasses import replace
from io import BytesIO

from django.core.files.storage import default_storage
from PIL import Image

from annotation.common.media import ImageFile
from annotation.common.storage import put_once, read
from annotation.items.imaging.derivatives import step_view

# Longest sides in pixels, besides the fit view's own.
STEPS = (512, 768, 1152)
ENDING = ".fit.webp"


def step_of(image: ImageFile, side: int) -> ImageFile:
    """Return a fit view with its longest side at most `side`; the view itself if it is no longer.

    side: one of STEPS. A view that is being made, or whose file is lost, is returned as it is.
    """
    if image.path is None or not image.path.endswith(ENDING):
        return image
    path = f"{image.path.removesuffix(ENDING)}.fit-{side}.webp"
    if not default_storage.exists(path):
        try:
            data = read(image.path)
        except FileNotFoundError:
            return image
        with Image.open(BytesIO(data), formats=("WEBP",)) as pixels:
            if max(pixels.size) <= side:
                return image
            put_once(path, step_view(pixels, side).data)
    return replace(image, path=path)
