"""Process one image: check it, hash it, encode its views. Uses no database and no storage."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from annotation.items.imaging.derivatives import (
    colour_grid,
    difference_hash,
    fit_view,
    full_view,
    pixels_sha256,
)
from annotation.items.imaging.pictures import open_picture
from annotation.items.imaging.presentation import MOST_ASPECT


@dataclass(frozen=True)
class StagedView:
    """An encoded view in a scratch file."""

    variant: str
    file: Path
    width: int
    height: int
    n_bytes: int


@dataclass(frozen=True)
class StagedImage:
    """Everything that is stored about an image, except its bytes."""

    sha256: str
    n_bytes: int
    file_format: str
    width: int
    height: int
    has_alpha: bool
    pixels_sha256: str
    perceptual_hash: int
    colour_grid: bytes
    notes: tuple[str, ...]
    views: tuple[StagedView, ...]


def stage(data: bytes, *, name: str, scratch: Path | None) -> StagedImage:
    """Check an image's bytes and encode its views into the scratch folder; None = no views.

    Raises PictureRefused, and then leaves no file.
    """
    picture = open_picture(data, name=name)
    sha256 = hashlib.sha256(data).hexdigest()
    width, height = picture.pixels.size
    return StagedImage(
        sha256,
        len(data),
        picture.file_format,
        width,
        height,
        picture.has_alpha,
        pixels_sha256(picture.pixels),
        difference_hash(picture.pixels),
        colour_grid(picture.pixels),
        (*picture.notes, *_training_notes(width, height)),
        _staged_views(sha256, picture.pixels, scratch) if scratch is not None else (),
    )


def _training_notes(width: int, height: int) -> tuple[str, ...]:
    """Return what a training would refuse the picture for."""
    if max(width, height) <= MOST_ASPECT * min(width, height):
        return ()
    shape = f"{width} × {height} is more than {MOST_ASPECT} times as long as wide"
    return (f"{shape}: no vision-language model can be trained with it",)


def _staged_views(sha256: str, pixels: Image.Image, scratch: Path) -> tuple[StagedView, ...]:
    staged = []
    for view in (fit_view, full_view):
        encoded = view(pixels)
        file = scratch / f"{sha256}.{encoded.variant}.webp"
        file.write_bytes(encoded.data)
        staged.append(
            StagedView(encoded.variant, file, encoded.width, encoded.height, len(encoded.data))
        )
    return tuple(staged)
