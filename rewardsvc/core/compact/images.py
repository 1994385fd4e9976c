"""Images as small uint8 tensors: decoded once, kept in memory, keyed by content hash."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from rewardsvc.core.compact.features import measure
from rewardsvc.core.data.files import ImagePath, each_decoded
from rewardsvc.core.data.pictures import UNREADABLE, decoded
from rewardsvc.core.errors import ImageError

_AT_ONCE = 32  # pairs measured together; bounds the memory


@dataclass(frozen=True)
class ImageCache:
    """Square images (n, 3, size, size) uint8 and the row of each content hash."""

    pixels: Tensor
    index: dict[str, int]
    _measured: dict[tuple[str, str], Tensor] = field(default_factory=dict, repr=False)

    def rows(self, shas: Sequence[str]) -> Tensor:
        """Return the row of each hash, (n,) long; raises ImageError naming one not loaded."""
        if missing := [sha for sha in shas if sha not in self.index]:
            raise ImageError(f"image {missing[0]} was not loaded")
        return torch.tensor([self.index[sha] for sha in shas], dtype=torch.long)

    def require_size(self, size: int) -> None:
        """Raise ImageError unless the images are of the size that a model reads."""
        if (found := self.pixels.shape[-1]) != size:
            raise ImageError(f"the images were loaded at {found} pixels, the model reads {size}")

    def change(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Return the mean absolute change (n,) of pixels from source to edit, in levels of 255."""
        sources = self.pixels[self.rows([source for source, _ in pairs])].float()
        edits = self.pixels[self.rows([edit for _, edit in pairs])].float()
        return np.asarray((edits - sources).abs().mean((1, 2, 3)).double().numpy())

    def measured(self, pairs: Sequence[tuple[str, str]]) -> Tensor:
        """Return the measurements (n, F) of (source, edit) pairs; each is computed once."""
        missing = sorted(set(pairs) - set(self._measured))
        for start in range(0, len(missing), _AT_ONCE):
            part = missing[start : start + _AT_ONCE]
            sources = self.pixels[self.rows([source for source, _ in part])]
            edits = self.pixels[self.rows([edit for _, edit in part])]
            self._measured.update(zip(part, measure_pixels(sources, edits), strict=True))
        return torch.stack([self._measured[pair] for pair in pairs])


def measure_pixels(sources: Tensor, edits: Tensor) -> Tensor:
    """Return the measurements (n, F) of uint8 edits against sources, (n, 3, size, size) each."""
    with torch.no_grad():
        return measure(sources.float() / 255, edits.float() / 255)


def to_pixels(image: Image.Image, size: int) -> Tensor:
    """Return an RGB image as (3, size, size) uint8, resized to a square.

    Source and edit are resized to the same square, so that they stay aligned even when an editor
    returned another resolution.
    """
    small = image.resize((size, size), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(small, dtype=np.uint8)).permute(2, 0, 1).contiguous()


def decode(content: bytes, size: int, name: str) -> Tensor:
    """Return encoded bytes as (3, size, size) uint8; `name` is what an error calls them."""
    try:
        return to_pixels(decoded(content), size)
    except UNREADABLE as error:
        raise ImageError(f"{name} cannot be decoded: {error}") from error


def load_images(
    shas: Sequence[str], image_path: ImagePath, size: int, watermarks: Sequence[str] = ()
) -> ImageCache:
    """Read, verify and decode every distinct hash once.

    Raises UnusableImages naming all that are missing, altered or unreadable.
    """
    found = each_decoded(
        shas, image_path, lambda image, _: to_pixels(image, size), watermarks=watermarks
    )
    pixels = torch.empty((len(found), 3, size, size), dtype=torch.uint8)
    for row, sha in enumerate(found):
        pixels[row] = found[sha]
    return ImageCache(pixels, {sha: row for row, sha in enumerate(found)})
