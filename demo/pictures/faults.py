"""What goes wrong with a picture itself. Each fault takes a severity from 0 to 1.

pixels: (height, width, 3) floats from 0 to 1. region: (top, left, bottom, right) in pixels, where
the generator worked.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

Region = tuple[int, int, int, int]
Fault = Callable[[np.ndarray, Region, float, np.random.Generator], np.ndarray]


def _image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8))


def _floats(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=np.float32) / 255


def _soft_spots(shape: tuple[int, int], region: Region, rng: np.random.Generator) -> np.ndarray:
    """Return coverage (height, width, 1): the region and a few spots beside it, softly edged."""
    height, width = shape
    mask = Image.new("L", (width, height))
    top, left, bottom, right = region
    mask.paste(255, (left, top, right, bottom))
    for x, y in rng.random((3, 2)):
        w, h = width * rng.uniform(0.1, 0.22), height * rng.uniform(0.1, 0.22)
        cx, cy = x * width, y * height
        mask.paste(255, (int(cx - w), int(cy - h), int(cx + w), int(cy + h)))
    soft = mask.filter(ImageFilter.GaussianBlur(min(shape) * 0.03))
    return _floats(soft)[..., None]


def noise(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Scatter coloured blotches, as of a sampler stopped too early."""
    height, width, _ = pixels.shape
    messy = pixels.copy()
    for cell, share in ((6, 0.55), (14, 0.6)):
        shape = (height // cell + 1, width // cell + 1)
        small = (rng.normal(0, 0.75, (*shape, 3)) + rng.normal(0, 0.6, (*shape, 1))).clip(-2, 2)
        grain = Image.fromarray(((small + 2) * 63).astype(np.uint8)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        messy += (_floats(grain) - 0.5) * share * (0.35 + 0.75 * severity)
    out: np.ndarray = pixels + (messy - pixels) * _soft_spots((height, width), region, rng)
    return out


def blocks(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Fall apart into squares, some of them displaced."""
    height, width, _ = pixels.shape
    cell = int(14 + 20 * severity)
    small = _image(pixels).resize((width // cell + 1, height // cell + 1), Image.Resampling.BOX)
    coarse = _floats(small)
    coarse = (coarse + rng.normal(0, 0.05 + 0.07 * severity, (*coarse.shape[:2], 1))).clip(0, 1)
    big = np.repeat(np.repeat(coarse, cell, 0), cell, 1)[:height, :width]
    hit = rng.random(coarse.shape[:2]) < 0.45 + 0.5 * severity
    hit = np.repeat(np.repeat(hit, cell, 0), cell, 1)[:height, :width, None]
    spots = _soft_spots((height, width), region, rng) > 0.5
    return np.where(hit & spots, big, pixels).astype(np.float32)


def smear(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Drag the paint sideways in waves."""
    height, width, _ = pixels.shape
    reach = min(height, width) * (0.05 + 0.09 * severity)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    phase = rng.uniform(0, 6.28, 2)
    wave = np.sin(rows / height * rng.uniform(18, 30) + phase[0]) + np.sin(
        columns / width * 14 + phase[1]
    )
    x = np.clip(columns + wave * reach * 0.6, 0, width - 1).astype(int)
    y = np.clip(
        rows + np.cos(columns / width * 16 + phase[1]) * reach * 0.45, 0, height - 1
    ).astype(int)
    bent = pixels[y, x]
    step = max(int(reach * 0.7), 3)
    dragged = sum(np.roll(bent, k, axis=1) for k in range(0, step, 2)) / len(range(0, step, 2))
    spots = np.clip(_soft_spots((height, width), region, rng) * 1.2, 0, 1)
    out: np.ndarray = pixels + (dragged - pixels) * spots
    return out


def seam(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Leave the pasted rectangle visible: another tone inside, a hard line around."""
    height, width, _ = pixels.shape
    top, left, bottom, right = region
    margin = int(min(height, width) * rng.uniform(0.02, 0.07))
    top, left = max(top - margin, int(height * 0.04)), max(left - margin, int(width * 0.04))
    bottom, right = min(bottom + margin, int(height * 0.96)), min(right + margin, int(width * 0.96))
    out = pixels.copy()
    inside = out[top:bottom, left:right]
    lift = rng.choice([-1, 1]) * (0.07 + 0.11 * severity)
    tint = rng.uniform(-1, 1, 3).astype(np.float32) * 0.09 * (0.4 + severity)
    inside[:] = ((inside - 0.5) * (1 - 0.25 * severity) + 0.5 + lift + tint).clip(0, 1)
    line = max(int(1 + 2.5 * severity), 2)
    edge = 0.96 if lift > 0 else 0.1
    for window in (inside[:line], inside[-line:], inside[:, :line], inside[:, -line:]):
        window[:] = window + (edge - window) * (0.35 + 0.4 * severity)
    return out


CASTS = np.array(
    [
        [1.16, 0.92, 0.7],
        [0.72, 0.95, 1.2],
        [0.84, 1.16, 0.78],
        [1.18, 0.8, 1.12],
        [1.1, 1.04, 0.62],
    ],
    dtype=np.float32,
)


def cast(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Tint the whole picture, out of what the instruction asks for."""
    del region
    tint = CASTS[int(rng.integers(len(CASTS)))]
    strength = 0.45 + 0.5 * severity
    flat = pixels * (1 + (tint - 1) * strength)
    veil = np.clip(tint - 0.75, 0, 1) * 0.17 * strength
    out: np.ndarray = flat * (1 - 0.12 * severity) + veil
    return out


def blur(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Lose all detail, as when decoded from too little."""
    del region, rng
    radius = min(pixels.shape[:2]) * (0.007 + 0.01 * severity)
    return _floats(_image(pixels).filter(ImageFilter.GaussianBlur(radius)))


def ghost(
    pixels: np.ndarray, region: Region, severity: float, rng: np.random.Generator
) -> np.ndarray:
    """Show everything twice, shifted."""
    del region
    reach = min(pixels.shape[:2]) * (0.03 + 0.04 * severity)
    dx, dy = int(reach * rng.choice([-1, 1])), int(reach * rng.uniform(-0.6, 0.6))
    share = 0.32 + 0.16 * severity
    out: np.ndarray = pixels * (1 - share) + np.roll(pixels, (dy, dx), (0, 1)) * share
    return out


FAULTS: dict[str, Fault] = {
    "noise": noise,
    "blocks": blocks,
    "smear": smear,
    "seam": seam,
    "cast": cast,
    "blur": blur,
    "ghost": ghost,
}
# Points of visual quality lost at severity 0 and at severity 1.
COST: dict[str, tuple[float, float]] = {
    "noise": (1.3, 2.8),
    "blocks": (1.3, 2.8),
    "smear": (1.1, 2.5),
    "seam": (0.9, 2.2),
    "cast": (0.9, 2.3),
    "blur": (1.0, 2.4),
    "ghost": (1.0, 2.3),
}


def drifted(pixels: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Return the picture as any generator gives it back: a little moved, scaled and re-toned.

    It changes many pixels, but costs no quality: viewers do not notice.
    """
    height, width, _ = pixels.shape
    zoom = 1 + 0.016 * amount
    room = (width * (1 - 1 / zoom), height * (1 - 1 / zoom))
    left, top = rng.random(2) * room
    window = (left, top, left + width / zoom, top + height / zoom)
    moved = _image(pixels).resize((width, height), Image.Resampling.BICUBIC, box=window)
    gain = 1 + rng.uniform(-0.13, 0.1) * amount
    out: np.ndarray = (_floats(moved) * gain).clip(0, 1)
    return out
