"""Images for training: verified once, decoded into patches when a batch needs them."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rewardsvc.core.data.files import each_decoded
from rewardsvc.core.data.pictures import SHOWN, UNREADABLE, decoded, named_picture
from rewardsvc.core.errors import ImageError
from rewardsvc.core.vlm.patches import Patches, PixelRule, require_shape, to_patches

_CACHE_SIZE = 256  # decoded images in memory, about 5 MB each
_CHANGE_SIZE = 64  # side in pixels at which a change is measured


@dataclass
class PatchStore:
    """The paths of verified images by name, and a cache of the patches of the last used ones.

    reading: how a file becomes pixels, see `core/data/pictures.py`. watermarks: that are hidden.
    """

    paths: dict[str, Path]
    reading: str = SHOWN
    watermarks: Sequence[str] = ()
    _cache: OrderedDict[tuple[str, PixelRule], Patches] = field(default_factory=OrderedDict)

    @classmethod
    def verified(
        cls,
        shas: Iterable[str],
        image_path: Callable[[str], Path],
        reading: str = SHOWN,
        watermarks: Sequence[str] = (),
    ) -> "PatchStore":
        """Decode every image once, so that none fails later. Raises UnusableImages naming all."""

        def checked(image: Image.Image, path: Path) -> Path:
            require_shape(*image.size)
            return path

        found = each_decoded(shas, image_path, checked, reading=reading, watermarks=watermarks)
        return cls(found, reading, watermarks)

    def patches(self, sha: str, rule: PixelRule) -> Patches:
        """Return an image's patches. Raises ImageError naming an image that was not loaded."""
        key = (sha, rule)
        if key not in self._cache:
            self._cache[key] = to_patches(self._open(sha), rule)
            while len(self._cache) > _CACHE_SIZE:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]

    def change(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
        """Return the mean absolute change (n,) of pixels from source to edit, in levels of 255."""
        small = {sha: self._small(sha) for sha in {sha for pair in pairs for sha in pair}}
        return np.array([np.abs(small[edit] - small[source]).mean() for source, edit in pairs])

    def _small(self, sha: str) -> NDArray[np.float64]:
        square = self._open(sha).resize((_CHANGE_SIZE, _CHANGE_SIZE))
        return np.asarray(square, np.float64)

    def _open(self, sha: str) -> Image.Image:
        if sha not in self.paths:
            raise ImageError(f"image {sha} was not loaded")
        try:
            content, size = self.paths[sha].read_bytes(), named_picture(sha)[1]
            return decoded(content, self.reading, size, self.watermarks)
        except UNREADABLE as error:
            raise ImageError(f"image {sha} ({self.paths[sha]}) is gone: {error}") from error
