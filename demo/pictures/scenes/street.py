"""A street: houses in a row, pavement, and what stands on it."""

import numpy as np

from demo.pictures.canvas import Canvas, Paint
from demo.pictures.colour import darker, rgb
from demo.pictures.scene import Scene, Slot
from demo.pictures.scenes.sky import far_hills, sky
from demo.pictures.shapes import box

STREET = (
    Slot("far house", "at the left end", 0.14, 0.76, 0.6, ("house",)),
    Slot("middle house", "in the middle", 0.5, 0.76, 0.7, ("house",)),
    Slot("near house", "at the right end", 0.86, 0.76, 0.6, ("house",)),
    Slot("pavement", "on the pavement", 0.7, 0.83, 0.42, ("tree", "street lamp")),
    Slot("road", "on the road", 0.34, 0.93, 0.23, ("car", "van")),
)


def street(c: Canvas, scene: Scene) -> None:
    ground = c.height * 0.76
    sky(c, scene, ground)
    far_hills(c, scene, c.height * 0.56, rgb("7d8fa0"), layers=1)
    paving = rgb("c9bda8")
    c.fill(
        box(-2, ground - c.height * 0.05, c.width + 2, ground + 2),
        rgb("8f9a6c"),
        texture=0.15,
        grain="brush",
    )
    c.fill(
        box(-2, ground, c.width + 2, c.height * 0.85),
        paving,
        to=darker(paving, 0.12),
        texture=0.09,
        grain="fine",
        seed=scene.seed,
    )
    for x in np.arange(-0.2, 1.3, 0.09):
        joint = [(x, 0.762), (x + 0.003, 0.762), (x * 1.12 - 0.055, 0.85), (x * 1.12 - 0.06, 0.85)]
        c.paint(
            c.mask([(a * c.width, b * c.height) for a, b in joint]),
            Paint(darker(paving, 0.4), opacity=0.4),
        )
    _road(c, scene)


def _road(c: Canvas, scene: Scene) -> None:
    road = rgb("6f6d73")
    c.fill(
        box(-2, c.height * 0.845, c.width + 2, c.height + 2),
        road,
        to=darker(road, 0.2),
        texture=0.1,
        grain="fine",
        seed=scene.seed,
    )
    kerb = box(-2, c.height * 0.843, c.width + 2, c.height * 0.858)
    c.fill(kerb, rgb("a9a196"), to=rgb("6a645d"), bevel=0.2)
    for x in np.arange(0.02, 1.1, 0.17):
        dash = box(x * c.width, c.height * 0.955, (x + 0.09) * c.width, c.height * 0.966)
        c.fill(dash, rgb("e9e2cf"), opacity=0.75)
