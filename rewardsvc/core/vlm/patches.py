"""Images as patches for a vision tower: the resolution rule, with Pillow and numpy only."""

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from annotation.items.imaging.presentation import MOST_ASPECT
from annotation.snapshots.format.fields import Fields
from rewardsvc.core.errors import CheckpointError, ImageError

_TOKENS = 256  # approximate number of visual tokens of a resized image
_FILE = "preprocessor_config.json"
_THREADS = 8  # for decoding and resizing


@dataclass(frozen=True)
class PixelRule:
    """How an image becomes patches.

    patch: side of a patch in pixels. merge: side in patches of the square that becomes one token.
    frames: copies of the image along the time axis of a patch. least, most: bounds of the area in
    pixels after the resize; the paper sets both to the area of 256 tokens.
    """

    patch: int = 14
    merge: int = 2
    frames: int = 2
    mean: tuple[float, ...] = (0.48145466, 0.4578275, 0.40821073)
    deviation: tuple[float, ...] = (0.26862954, 0.26130258, 0.27577711)
    least: int = _TOKENS * 28 * 28
    most: int = _TOKENS * 28 * 28

    @property
    def factor(self) -> int:
        """Side in pixels of the square that one visual token covers."""
        return self.patch * self.merge

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) after the resize: multiples of `factor` with about this aspect.

        Raises ImageError for an image more than 200 times as long as wide.
        """
        require_shape(width, height)
        factor = self.factor
        high, wide = (max(factor, round(side / factor) * factor) for side in (height, width))
        if high * wide > self.most:
            shrink = math.sqrt(height * width / self.most)
            high, wide = (
                max(factor, math.floor(side / shrink / factor) * factor) for side in (height, width)
            )
        elif high * wide < self.least:
            grow = math.sqrt(self.least / (height * width))
            high, wide = (math.ceil(side * grow / factor) * factor for side in (height, width))
        return wide, high

    def to_json(self) -> dict[str, Any]:
        return {
            "patch_size": self.patch,
            "merge_size": self.merge,
            "temporal_patch_size": self.frames,
            "image_mean": list(self.mean),
            "image_std": list(self.deviation),
            "min_pixels": self.least,
            "max_pixels": self.most,
        }

    @classmethod
    def from_base(cls, folder: Path, tokens: int = _TOKENS) -> "PixelRule":
        """Read the patch sizes and normalisation of a base model; tokens sets the area.

        The area bounds in the base model's file are for general use and are ignored.
        """
        path = folder / _FILE
        try:
            fields = Fields(json.loads(path.read_bytes()), path, CheckpointError)
        except OSError as error:
            raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:
            raise CheckpointError(f"{path} is not JSON: {error}") from error
        patch, merge = fields.count("patch_size", least=1), fields.count("merge_size", least=1)
        area = tokens * (patch * merge) ** 2
        return cls(
            patch=patch,
            merge=merge,
            frames=fields.count("temporal_patch_size", least=1),
            mean=_three(fields, "image_mean"),
            deviation=_three(fields, "image_std"),
            least=area,
            most=area,
        )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "PixelRule":
        """Read the output of `to_json`."""
        return cls(
            value["patch_size"],
            value["merge_size"],
            value["temporal_patch_size"],
            tuple(value["image_mean"]),
            tuple(value["image_std"]),
            value["min_pixels"],
            value["max_pixels"],
        )


def require_shape(width: int, height: int) -> None:
    """Raise ImageError for an image more than 200 times as long as wide."""
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise ImageError(f"an image of {width} x {height} is too long and thin to be read")


def _three(fields: Fields, name: str) -> tuple[float, ...]:
    found = fields.get(name, list)
    if len(found) != 3 or not all(type(each) in (int, float) for each in found):  # noqa: PLR2004
        raise CheckpointError(f"{fields.where}: {name} is {found!r}, expected three numbers")
    return tuple(float(each) for each in found)


class Patches(NamedTuple):
    """An image in patches.

    pixels: (rows * columns, 3 * frames * patch * patch) float32; the patches of one token are
    adjacent. rows, columns: numbers of patches. tokens: number of visual tokens.
    """

    pixels: Tensor
    rows: int
    columns: int
    tokens: int


@cache
def _levels(mean: tuple[float, ...], deviation: tuple[float, ...]) -> NDArray[np.float32]:
    """Return the normalised value of each of the 256 levels of each channel, (3, 256)."""
    levels = np.arange(256, dtype=np.float64)[:, None] / 255
    table: NDArray[np.float32] = ((levels - mean) / deviation).astype(np.float32)
    return np.ascontiguousarray(table.T)


def to_patches(image: Image.Image, rule: PixelRule) -> Patches:
    """Return an image's patches. Other modes than RGB are converted as the official code does."""
    width, height = rule.size(*image.size)
    flat = (image if image.mode == "RGB" else image.convert("RGB")).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    pixels, values = np.asarray(flat), _levels(rule.mean, rule.deviation)
    planes = np.stack([values[n][pixels[..., n]] for n in range(3)])  # (3, height, width)
    rows, columns = height // rule.patch, width // rule.patch
    grid = planes.reshape(
        3,
        rows // rule.merge,
        rule.merge,
        rule.patch,
        columns // rule.merge,
        rule.merge,
        rule.patch,
    ).transpose(1, 4, 2, 5, 0, 3, 6)  # token row, token column, patch row, patch column, c, y, x
    one_frame = grid.reshape(rows * columns, 3, 1, rule.patch, rule.patch)
    frames = np.repeat(one_frame, rule.frames, axis=2).reshape(rows * columns, -1)
    tokens = rows * columns // rule.merge**2
    return Patches(torch.from_numpy(frames), rows, columns, tokens)


def read_patches(
    digests: Iterable[str], image: Callable[[str], Image.Image], rule: PixelRule
) -> dict[str, Patches]:
    """Return the patches of some images, computed in threads. image: opens one by its digest."""
    chosen = list(digests)

    def patches(digest: str) -> Patches:
        return to_patches(image(digest), rule)

    # Decoding and resizing release the interpreter lock.
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        return dict(zip(chosen, pool.map(patches, chosen), strict=True))
