"""Named colours, and the times of day that light them. Colours are floats from 0 to 1."""

import colorsys
from dataclasses import dataclass

import numpy as np

RGB = tuple[float, float, float]


def rgb(text: str) -> RGB:
    """Return the colour of six hex digits."""
    return (int(text[0:2], 16) / 255, int(text[2:4], 16) / 255, int(text[4:6], 16) / 255)


# The colours an instruction may name. Far enough apart to be distinguished at 96 pixels.
NAMED: dict[str, RGB] = {
    "red": rgb("c8372f"),
    "orange": rgb("e8832e"),
    "yellow": rgb("efc53f"),
    "green": rgb("4f9a55"),
    "blue": rgb("3470b8"),
    "purple": rgb("7d4fa6"),
    "pink": rgb("e884a6"),
    "white": rgb("f1ece0"),
}


def mix(a: RGB, b: RGB, t: float) -> RGB:
    """Return the colour a share t of the way from a to b."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def lighter(colour: RGB, t: float) -> RGB:
    return mix(colour, (1.0, 0.98, 0.94), t)


def darker(colour: RGB, t: float) -> RGB:
    return mix(colour, (0.07, 0.06, 0.11), t)


def varied(name: str, seed: int) -> RGB:
    """Return a named colour, a little off, as paints of one name are."""
    rng = np.random.default_rng(seed)
    hue, light, saturation = colorsys.rgb_to_hls(*NAMED[name])
    return colorsys.hls_to_rgb(
        (hue + rng.uniform(-0.012, 0.012)) % 1.0,
        min(max(light + rng.uniform(-0.04, 0.03), 0.0), 1.0),
        min(max(saturation * rng.uniform(0.88, 1.06), 0.0), 1.0),
    )


@dataclass(frozen=True)
class Light:
    """How a scene is lit.

    sky: colours from the zenith to the horizon. ambient multiplies every surface. key is the light
    itself, direction points from a surface to it (x to the right, y down). lamps: lights are on.
    """

    name: str
    sky: tuple[RGB, RGB, RGB]
    ambient: RGB
    key: RGB
    shade: RGB
    haze: RGB
    direction: tuple[float, float]
    sun: RGB
    sun_height: float
    lamps: bool = False


LIGHTS: dict[str, Light] = {
    "morning": Light(
        "morning",
        (rgb("8fb7d3"), rgb("c9d8d8"), rgb("f6dfc0")),
        (1.0, 0.96, 0.9),
        rgb("fff0cf"),
        rgb("47567a"),
        rgb("ead9c8"),
        (-0.8, -0.55),
        rgb("fff4d6"),
        0.34,
    ),
    "day": Light(
        "day",
        (rgb("4f93cf"), rgb("8dc0e2"), rgb("d6e9ee")),
        (1.0, 1.0, 0.98),
        rgb("fffbe8"),
        rgb("3b5378"),
        rgb("cfe2ea"),
        (-0.5, -0.85),
        rgb("fffbe6"),
        0.16,
    ),
    "sunset": Light(
        "sunset",
        (rgb("4a4c86"), rgb("c9688a"), rgb("fbb265")),
        (1.0, 0.78, 0.66),
        rgb("ffb765"),
        rgb("42284f"),
        rgb("f0a273"),
        (0.85, -0.42),
        rgb("ffe0a0"),
        0.46,
    ),
    "night": Light(
        "night",
        (rgb("0b1230"), rgb("18264f"), rgb("38507d")),
        (0.42, 0.46, 0.63),
        rgb("a9c4ee"),
        rgb("060a1c"),
        rgb("2c4169"),
        (0.55, -0.8),
        rgb("eef3ff"),
        0.17,
        lamps=True,
    ),
    # After dark indoors: warm lamps.
    "evening": Light(
        "evening",
        (rgb("0b1230"), rgb("18264f"), rgb("38507d")),
        (0.74, 0.62, 0.55),
        rgb("ffc98a"),
        rgb("150d1c"),
        rgb("4a3a45"),
        (-0.35, -0.9),
        rgb("eef3ff"),
        0.17,
        lamps=True,
    ),
}
