"""The last pass over a picture: weather, bloom, vignette, grain and style."""

import numpy as np
from PIL import Image, ImageFilter

from demo.pictures import textures
from demo.pictures.canvas import Canvas

LUMA = np.array([0.3, 0.59, 0.11], dtype=np.float32)


def snow(canvas: Canvas, seed: int) -> None:
    """Lay snow on what is light and level, and let it fall."""
    pixels = canvas.pixels
    rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
    drift = textures.crop("cloud", canvas.height, canvas.width, seed=seed)
    level = np.clip((rows - 0.42) * 2.3 + 0.25 * drift, 0, 0.82)[..., None]
    white = np.array([0.93, 0.95, 0.99], dtype=np.float32) * np.asarray(canvas.light.ambient)
    grey = (pixels @ LUMA)[..., None]
    pixels += (white * (0.55 + 0.6 * grey) - pixels) * level
    pixels += (np.array([0.8, 0.85, 0.92]) * np.asarray(canvas.light.ambient) - pixels) * 0.28
    flakes = np.zeros((canvas.height, canvas.width), dtype=np.float32)
    rng = np.random.default_rng(seed)
    for size, count in [(1, 420), (2, 200), (4, 55)]:
        layer = Image.new("L", (canvas.width, canvas.height))
        for x, y in rng.random((count, 2)):
            cx, cy = x * canvas.width, y * canvas.height
            layer.paste(255, (int(cx), int(cy), int(cx) + size + 1, int(cy) + size + 1))
        flakes += (
            np.asarray(layer.filter(ImageFilter.GaussianBlur(size * 0.55)), dtype=np.float32) / 255
        )
    pixels += (1 - pixels) * np.clip(flakes * 1.5, 0, 0.95)[..., None]


def fog(canvas: Canvas, seed: int) -> None:
    """Drown the distance in fog; the foreground keeps some colour."""
    rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
    drift = textures.crop("cloud", canvas.height, canvas.width, seed=seed)
    amount = np.clip(0.95 - 0.62 * rows**1.6 + 0.16 * drift, 0.1, 0.95)[..., None]
    colour = np.array([0.82, 0.84, 0.86], dtype=np.float32) * np.asarray(canvas.light.ambient)
    canvas.pixels += (colour - canvas.pixels) * amount


def rain(canvas: Canvas, seed: int) -> None:
    """Grey the light and draw slanting streaks."""
    pixels = canvas.pixels
    grey = (pixels @ LUMA)[..., None]
    pixels += (grey * np.array([0.72, 0.8, 0.92], dtype=np.float32) * 0.8 - pixels) * 0.72
    rng = np.random.default_rng(seed)
    streaks = (rng.random((canvas.height, canvas.width)) > 0.9955).astype(np.float32)
    fall = np.zeros_like(streaks)
    for step in range(26):
        fall += np.roll(streaks, (step, -step // 4), (0, 1))
    pixels += (1 - pixels) * np.clip(fall, 0, 1)[..., None] * 0.34


WEATHER = {"snow": snow, "fog": fog, "rain": rain}


def _bloom(pixels: np.ndarray) -> np.ndarray:
    height, width, _ = pixels.shape
    bright = np.clip(pixels - 0.62, 0, 1) * (255 / 0.5)
    small = Image.fromarray(bright.clip(0, 255).astype(np.uint8)).reduce(4)
    soft = small.filter(ImageFilter.GaussianBlur(width / 110)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    light = np.asarray(soft, dtype=np.float32) * (0.22 / 255)
    out: np.ndarray = pixels + (1 - np.clip(pixels, 0, 1)) * light
    return out


def _vignette(pixels: np.ndarray) -> np.ndarray:
    height, width, _ = pixels.shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    out: np.ndarray = pixels * (1 - 0.17 * (x * x + y * y) ** 1.3)[..., None]
    return out


def styled(pixels: np.ndarray, style: str) -> np.ndarray:
    """Return the picture in another style: mono, sepia or poster."""
    grey = (pixels @ LUMA)[..., None]
    if style == "mono":
        return np.broadcast_to(np.clip((grey - 0.5) * 1.18 + 0.5, 0, 1), pixels.shape)
    if style == "sepia":
        toned: np.ndarray = np.clip(
            grey * np.array([1.08, 0.86, 0.6], dtype=np.float32) + np.array([0.07, 0.04, 0.01]),
            0,
            1,
        )
        return toned
    if style == "poster":
        strong = np.clip(grey + (pixels - grey) * 1.7, 0, 1)
        return (np.round(strong * 4) / 4 * 0.94 + 0.04).astype(np.float32)
    return pixels


def develop(canvas: Canvas, *, weather: str, style: str, seed: int) -> np.ndarray:
    """Return the finished picture, (height, width, 3) uint8."""
    if weather in WEATHER:
        WEATHER[weather](canvas, seed)
    pixels = _vignette(_bloom(canvas.pixels))
    pixels = styled(pixels, style)
    grain = textures.crop("fine", canvas.height, canvas.width, seed=seed)[..., None]
    paper = textures.crop("cloud", canvas.height, canvas.width, seed=seed + 1)[..., None]
    pixels = pixels * (1 + 0.012 * paper) + 0.016 * grain
    return (pixels.clip(0, 1) * 255).astype(np.uint8)
