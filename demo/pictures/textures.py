"""Noise fields that surfaces borrow from: drawn once, cropped at random offsets."""

from functools import lru_cache

import numpy as np
from PIL import Image

SIDE = 1024


def _normalised(field: np.ndarray) -> np.ndarray:
    field = field - field.mean()
    out: np.ndarray = (field / (3 * field.std())).clip(-1, 1).astype(np.float32)
    return out


def _grid(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    small = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
    return np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


@lru_cache(maxsize=8)
def field(kind: str) -> np.ndarray:
    """Return a (1024, 1024) field within -1 and 1: fine, cloud, brush or wood."""
    rng = np.random.default_rng([17, *kind.encode()])
    if kind == "fine":
        noise = rng.standard_normal((SIDE, SIDE))
        return _normalised(noise + 0.8 * np.roll(noise, 1, 0) + 0.8 * np.roll(noise, 1, 1))
    if kind == "cloud":
        octaves = [(4, 1.0), (9, 0.6), (20, 0.35), (48, 0.22), (110, 0.12)]
        return _normalised(np.sum([a * _grid(rng, n, n) for n, a in octaves], axis=0))
    if kind == "brush":
        return _normalised(_grid(rng, 180, 14) + 0.7 * _grid(rng, 420, 40))
    if kind == "wood":
        return _normalised(
            _grid(rng, 60, 3) + 0.6 * _grid(rng, 240, 5) + 0.35 * _grid(rng, 500, 30)
        )
    raise ValueError(f"no texture called {kind}")


def crop(kind: str, height: int, width: int, *, seed: int) -> np.ndarray:
    """Return a (height, width) piece of a field; neither side may exceed 1024."""
    rng = np.random.default_rng(seed)
    top, left = int(rng.integers(0, SIDE - height + 1)), int(rng.integers(0, SIDE - width + 1))
    return field(kind)[top : top + height, left : left + width]
