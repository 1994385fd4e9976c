"""Indoor scenes: a kitchen shelf, a living room and a desk."""

import numpy as np

from demo.pictures.canvas import Canvas, Paint
from demo.pictures.colour import LIGHTS, NAMED, darker, lighter, mix, rgb
from demo.pictures.scene import Scene, Slot
from demo.pictures.shapes import box, ellipse, placed, rounded, wavy

TALL = ("bottle", "vase", "jug", "plant")
LOW = ("mug", "bowl", "apple", "pear", "candle", "clock")

SHELF = (
    Slot("wall", "on the wall", 0.5, 0.23, 0.26, ("picture",)),
    Slot("far left", "on the left", 0.16, 0.78, 0.42, TALL),
    Slot("right", "right of the middle", 0.61, 0.79, 0.42, TALL),
    Slot("left", "left of the middle", 0.38, 0.83, 0.27, LOW),
    Slot("far right", "on the right", 0.85, 0.83, 0.27, LOW),
)
ROOM = (
    Slot("wall", "on the wall", 0.46, 0.27, 0.3, ("picture", "clock")),
    Slot("middle", "in the middle", 0.46, 0.77, 0.34, ("sofa",)),
    Slot("right", "on the right", 0.87, 0.84, 0.56, ("lamp", "plant")),
    Slot("floor", "on the floor", 0.42, 0.9, 0.26, ("rug",)),
    Slot("left", "on the left", 0.13, 0.9, 0.3, ("cat", "cushion", "plant")),
)
DESK = (
    Slot("wall", "on the wall", 0.26, 0.23, 0.25, ("picture", "clock")),
    Slot("left", "on the left", 0.17, 0.8, 0.42, ("desk lamp", "plant", "vase")),
    Slot("middle", "in the middle", 0.5, 0.82, 0.4, ("laptop",)),
    Slot("right", "on the right", 0.84, 0.8, 0.34, ("books", "plant", "clock")),
    Slot("front", "in front", 0.71, 0.93, 0.21, ("mug", "apple", "candle")),
)


def _wall(c: Canvas, scene: Scene, horizon: float) -> None:
    tone = mix(NAMED[scene.backdrop], rgb("d8cfc0"), 0.25)
    c.paint(
        c.mask(box(-2, -2, c.width + 2, horizon)),
        Paint(lighter(tone, 0.14), to=darker(tone, 0.26), angle=55, texture=0.05, seed=scene.seed),
    )


def _sunlight(c: Canvas, scene: Scene, horizon: float) -> None:
    """Lay the light of a window on the wall; after dark, that of a lamp above."""
    if c.light.lamps:
        c.glow(c.width * 0.5, -c.height * 0.05, c.unit * 0.95, rgb("ffbe74"), 0.5)
        return
    flip = -1 if c.light.direction[0] > 0 else 1
    rng = np.random.default_rng(scene.seed)
    x0, y0 = c.width * rng.uniform(0.35, 0.6), horizon * rng.uniform(0.02, 0.14)
    for row in range(2):
        for column in range(2):
            pane = placed(
                "0,0 .3,.06 .3,.42 0,.36",
                x0 + flip * 0.34 * column * c.unit * 0.55,
                y0 + (0.46 * row + 0.07 * column) * c.unit * 0.55,
                c.unit * 0.55,
                flip=flip,
            )
            mask = c.mask(pane)
            inside = [(x, min(y, horizon)) for x, y in pane]
            mask = c.mask(inside)
            c.paint(mask, Paint(c.light.key, opacity=0.24, lit=False))


def shelf(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.7
    _wall(c, scene, horizon)
    tile = c.unit * 0.105
    if scene.seed % 3 == 0:
        lines = [
            box(-2, y - 0.8, c.width + 2, y + 0.8) for y in np.arange(horizon % tile, horizon, tile)
        ]
        lines += [box(x - 0.8, -2, x + 0.8, horizon) for x in np.arange(tile / 2, c.width, tile)]
        c.paint(c.mask(*lines), Paint((1, 1, 1), opacity=0.2))
    _sunlight(c, scene, horizon)
    top = box(-2, horizon, c.width + 2, c.height * 0.9)
    c.fill(top, rgb("b98556"), to=rgb("8f5f3a"), texture=0.16, grain="wood", seed=scene.seed)
    c.shadow(box(-2, horizon - 6, c.width + 2, horizon + 4), blur=7, opacity=0.4)
    edge = rounded(-29, c.height * 0.9, c.width + 29, c.height + 19, 6)
    c.fill(
        edge,
        rgb("7d4f2f"),
        to=rgb("53331f"),
        texture=0.18,
        grain="wood",
        bevel=0.5,
        seed=scene.seed + 1,
    )


def _window(c: Canvas, scene: Scene, x: float, y: float) -> None:
    """A window with hills and sky behind it, lit by the time of day."""
    w, h = c.unit * 0.16, c.unit * 0.2
    outside = LIGHTS["night"] if c.light.lamps else c.light
    frame = box(x - w * 1.1, y - h * 1.1, x + w * 1.1, y + h * 1.1)
    c.shadow(frame, dx=3, dy=5, blur=6, opacity=0.25)
    c.fill(frame, rgb("f0eadd"), bevel=0.4)
    c.fill(box(x - w, y - h, x + w, y + h), outside.sky[0], to=outside.sky[2], lit=False)
    line = y + h * 0.45 + wavy(30, seed=scene.seed, octaves=3) * h * 0.25
    view = [(x - w + 2 * w * i / 29, float(v)) for i, v in enumerate(line)]
    tone = mix(rgb("5e8a6a"), outside.shade, 0.7 if c.light.lamps else 0.1)
    c.fill([*view, (x + w, y + h), (x - w, y + h)], tone, lit=False, texture=0.1)
    sun = ellipse(x + w * 0.4, y - h * 0.45, w * 0.18, w * 0.18)
    c.fill(sun, outside.sun, lit=False)
    c.glow(x + w * 0.4, y - h * 0.45, w * 0.7, outside.sun, 0.3)
    for bar in (box(x - 3, y - h, x + 3, y + h), box(x - w, y - 3, x + w, y + 3)):
        c.fill(bar, rgb("f0eadd"), bevel=0.4)
    c.fill(box(x - w * 1.25, y + h * 1.08, x + w * 1.25, y + h * 1.2), rgb("f5f0e4"), bevel=0.4)
    if not c.light.lamps:
        c.glow(x, y, c.unit * 0.6, outside.key, 0.22)


def room(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.68
    _wall(c, scene, horizon)
    if c.light.lamps:
        c.glow(c.width * 0.5, -c.height * 0.05, c.unit * 0.9, rgb("ffbe74"), 0.3)
    _window(c, scene, c.width * 0.76, c.height * 0.27)
    c.fill(
        box(-2, horizon, c.width + 2, c.height + 2),
        rgb("b78457"),
        to=rgb("7f5636"),
        texture=0.16,
        grain="wood",
        seed=scene.seed,
    )
    vanish = (c.width * 0.5, horizon - c.height * 0.35)
    for k in np.linspace(-1.2, 2.2, 19):
        foot = c.width * k
        t = (horizon - vanish[1]) / (c.height - vanish[1])
        head = vanish[0] + (foot - vanish[0]) * t
        c.fill(
            [
                (head - 0.5, horizon),
                (head + 0.5, horizon),
                (foot + 1.2, c.height + 2),
                (foot - 1.2, c.height + 2),
            ],
            rgb("4f3220"),
            opacity=0.45,
        )
    c.fill(
        box(-2, horizon - c.height * 0.028, c.width + 2, horizon),
        rgb("eee6d6"),
        to=rgb("cfc5b2"),
        bevel=0.3,
    )
    c.shadow(box(-2, horizon, c.width + 2, horizon + 4), blur=6, opacity=0.4)
    if not c.light.lamps:
        for k in (0.0, 0.17):
            beam = [(0.42 + k, 0.72), (0.56 + k, 0.72), (0.46 + k, 0.98), (0.28 + k, 0.98)]
            c.paint(
                c.mask([(x * c.width, y * c.height) for x, y in beam]),
                Paint(c.light.key, opacity=0.2, lit=False),
            )


def desk(c: Canvas, scene: Scene) -> None:
    horizon = c.height * 0.72
    _wall(c, scene, horizon)
    if scene.seed % 2:
        _window(c, scene, c.width * 0.72, c.height * 0.28)
        if c.light.lamps:
            c.glow(c.width * 0.3, -c.height * 0.05, c.unit * 0.9, rgb("ffbe74"), 0.45)
    else:
        _sunlight(c, scene, horizon)
    wood = [rgb("c79a6a"), rgb("a97449"), rgb("d8b98d")][scene.seed % 3]
    c.fill(
        box(-2, horizon, c.width + 2, c.height + 2),
        wood,
        to=darker(wood, 0.3),
        texture=0.15,
        grain="wood",
        seed=scene.seed,
    )
    c.shadow(box(-2, horizon - 5, c.width + 2, horizon + 3), blur=6, opacity=0.35)
