"""Outdoor scenes: hills, a harbour, a beach, a park and a desert."""

import numpy as np

from demo.pictures.canvas import Canvas, Paint
from demo.pictures.colour import RGB, darker, lighter, mix, rgb
from demo.pictures.scene import Scene, Slot, Thing
from demo.pictures.scenes.sky import far_hills, meadow, ridge, sky, water
from demo.pictures.shapes import below, box, ellipse, wavy
from demo.pictures.things.growing import pine, shrub

HILLS = (
    Slot("sky left", "in the sky on the left", 0.24, 0.27, 0.33, ("balloon", "kite")),
    Slot("sky right", "in the sky on the right", 0.76, 0.24, 0.29, ("balloon", "kite")),
    Slot("left", "on the left", 0.22, 0.8, 0.3, ("tent", "barn", "tree")),
    Slot("right", "on the right", 0.76, 0.84, 0.32, ("barn", "tree", "tent", "van")),
)
HARBOUR = (
    Slot("sky", "in the sky", 0.52, 0.19, 0.26, ("balloon", "kite")),
    Slot("far right", "on the far right", 0.86, 0.6, 0.44, ("lighthouse",)),
    Slot("left", "on the left", 0.2, 0.7, 0.38, ("sailboat",)),
    Slot("middle", "in the middle", 0.57, 0.86, 0.44, ("sailboat",)),
)
BEACH = (
    Slot("sky", "in the sky", 0.82, 0.2, 0.28, ("kite", "balloon")),
    Slot("sea", "on the water", 0.58, 0.55, 0.27, ("sailboat",)),
    Slot("left", "on the left", 0.25, 0.85, 0.43, ("parasol", "tent")),
    Slot("right", "on the right", 0.76, 0.91, 0.3, ("ball", "bench", "cat")),
)
PARK = (
    Slot("sky", "in the sky", 0.53, 0.22, 0.27, ("kite", "balloon")),
    Slot("left", "on the left", 0.2, 0.76, 0.52, ("tree",)),
    Slot("middle", "in the middle", 0.52, 0.86, 0.24, ("bench", "cat", "ball")),
    Slot("right", "on the right", 0.83, 0.8, 0.46, ("tree", "street lamp", "tent")),
)
DESERT = (
    Slot("sky", "in the sky", 0.66, 0.22, 0.32, ("balloon", "kite")),
    Slot("left", "on the left", 0.17, 0.76, 0.38, ("cactus",)),
    Slot("middle", "in the middle", 0.5, 0.84, 0.28, ("van", "tent")),
    Slot("right", "on the right", 0.86, 0.88, 0.36, ("cactus", "ball")),
)


def _woods(c: Canvas, scene: Scene, y: float, colour: RGB) -> None:
    """Set a loose line of small trees along a far slope."""
    rng = np.random.default_rng(scene.seed + 9)
    for x in np.sort(rng.random(11)):
        kind = pine if rng.random() < 0.6 else shrub
        y_share = y / c.height + rng.uniform(-0.012, 0.02)
        size, seed = rng.uniform(0.05, 0.1), int(rng.integers(10**6))
        kind(c, Thing("tree", "", "", float(x), y_share, size, seed, colour))


def hills(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.56
    green = [rgb("5f8f55"), rgb("7d9a4e"), rgb("4f8a66"), rgb("a39a55")][scene.seed % 4]
    sky(c, scene, horizon)
    far_hills(c, scene, horizon, mix(green, rgb("4a6f8f"), 0.45))
    if scene.seed % 2:
        water(c, scene, c.height * 0.57, c.height * 0.66, rgb("5f8fa8"))
    ridge(c, c.height * 0.635, c.height * 0.03, mix(green, c.light.haze, 0.18), seed=scene.seed + 2)
    _woods(c, scene, c.height * 0.65, darker(green, 0.35))
    c.haze(c.light.haze, top=c.height * 0.52, bottom=c.height * 0.7, strength=0.3)
    meadow(c, scene, c.height * 0.68, green)


def harbour(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.5
    sky(c, scene, horizon)
    far_hills(c, scene, horizon, rgb("58708a"), layers=2)
    rng = np.random.default_rng(scene.seed + 4)
    walls = [rgb("e8d7bd"), rgb("d9a58a"), rgb("c6cfc8"), rgb("e3c37f"), rgb("b97f6d")]
    x = c.width * 0.02
    while x < c.width * 0.62:
        w, h = c.unit * rng.uniform(0.04, 0.07), c.unit * rng.uniform(0.05, 0.1)
        tone = mix(walls[int(rng.integers(5))], c.light.haze, 0.2)
        c.fill(box(x, horizon - h, x + w, horizon + 3), tone, to=darker(tone, 0.15), bevel=0.1)
        c.fill(
            [(x - 2, horizon - h), (x + w / 2, horizon - h - w * 0.4), (x + w + 2, horizon - h)],
            rgb("8a5245"),
            bevel=0.2,
        )
        for k in range(2):
            pane = box(
                x + w * (0.2 + 0.4 * k),
                horizon - h * 0.75,
                x + w * (0.4 + 0.4 * k),
                horizon - h * 0.4,
            )
            c.fill(pane, rgb("ffd27a") if c.light.lamps else rgb("6d8797"), lit=not c.light.lamps)
        x += w * 1.02
    water(c, scene, horizon, c.height, rgb("3f7391"))
    c.haze(
        c.light.haze, top=horizon - c.height * 0.06, bottom=horizon + c.height * 0.1, strength=0.35
    )


def beach(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.47
    sky(c, scene, horizon)
    if scene.seed % 2:
        far_hills(c, scene, horizon, rgb("6a8a96"), layers=1)
    water(c, scene, horizon, c.height * 0.68, rgb("3d95ab"))
    sand = rgb("e6cd9f")
    for k, (tone, lift) in enumerate(
        ((rgb("f4f4ee"), 0.0), (darker(sand, 0.22), 0.012), (sand, 0.045))
    ):
        line = c.height * (0.63 + lift) + wavy(60, seed=scene.seed, octaves=3) * c.height * 0.035
        line = line - np.linspace(0, 1, 60) * c.height * 0.05
        c.fill(
            below(line, c.width, c.height + 2),
            tone,
            to=darker(tone, 0.1),
            texture=0.0 if k == 0 else 0.08,
            grain="fine",
            seed=scene.seed,
            bevel=0.1,
        )
    dunes = below(
        c.height * 0.86 + wavy(50, seed=scene.seed + 3, octaves=2) * c.height * 0.03,
        c.width,
        c.height + 2,
    )
    c.fill(dunes, lighter(sand, 0.1), to=darker(sand, 0.12), texture=0.1, grain="brush", bevel=0.2)


def park(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.5
    autumn = scene.seed % 2 == 0
    grass = rgb("8f9a4c") if autumn else rgb("6a9a55")
    sky(c, scene, horizon)
    far_hills(c, scene, horizon, rgb("b0764a") if autumn else rgb("5e8a6a"), layers=2)
    _woods(c, scene, c.height * 0.54, rgb("b5703a") if autumn else rgb("4f7f58"))
    c.haze(c.light.haze, top=c.height * 0.42, bottom=c.height * 0.62, strength=0.4)
    meadow(c, scene, c.height * 0.55, grass)
    path = [
        (0.46, 0.555),
        (0.5, 0.555),
        (0.44, 0.66),
        (0.66, 0.82),
        (0.86, 1.01),
        (0.22, 1.01),
        (0.34, 0.8),
        (0.37, 0.66),
    ]
    c.fill(
        [(x * c.width, y * c.height) for x, y in path],
        rgb("d9c6a2"),
        to=rgb("c0a67e"),
        texture=0.1,
        grain="fine",
        bevel=0.25,
    )


def desert(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.55
    sky(c, scene, horizon)
    sand = [rgb("dba067"), rgb("e0b27a"), rgb("cf8a5c")][scene.seed % 3]
    far_hills(c, scene, horizon, mix(sand, rgb("8a4f4a"), 0.6), layers=2)
    for k in range(4):
        tone = mix(mix(sand, c.light.haze, 0.35), darker(sand, 0.12), k / 3)
        line = (
            c.height * (0.55 + 0.1 * k)
            + wavy(80, seed=scene.seed * 3 + k, octaves=2, base=1) * c.height * 0.055
        )
        c.fill(
            below(line, c.width, c.height + 2),
            lighter(tone, 0.16),
            to=darker(tone, 0.24),
            texture=0.08,
            grain="brush",
            bevel=0.25,
            seed=scene.seed + k,
        )
    rng = np.random.default_rng(scene.seed)
    stones = [
        ellipse(x * c.width, c.height * (0.7 + 0.28 * d), 2 + 5 * d, 1.2 + 2.6 * d)
        for x, d in rng.random((14, 2))
    ]
    c.paint(c.mask(*stones), Paint(darker(sand, 0.45), bevel=0.3))
