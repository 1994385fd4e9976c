"""What stands in rooms: sofa, lamp, plant, picture, rug."""

import numpy as np

from demo.pictures.canvas import Canvas
from demo.pictures.colour import darker, lighter, mix, rgb
from demo.pictures.scene import Thing
from demo.pictures.shapes import box, ellipse, lathe, placed, rotated, rounded, spline, wavy

WOOD = rgb("8a5a38")


def wall_shadow(c: Canvas, outline: list[tuple[float, float]], size: float) -> None:
    c.shadow(
        outline,
        dx=-c.light.direction[0] * size * 0.12,
        dy=size * 0.05,
        blur=size * 0.05,
        opacity=0.3,
    )


def sofa(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    w = s * 1.25
    cloth, deep = t.paint, darker(t.paint, 0.22)
    back = rounded(x - w * 0.9, y - s, x + w * 0.9, y - s * 0.1, s * 0.2)
    wall_shadow(c, back, s)
    c.contact(x, y, w, opacity=0.6)
    for side in (-1, 1):
        c.fill(
            box(x + side * w * 0.84 - s * 0.03, y - s * 0.12, x + side * w * 0.84 + s * 0.03, y),
            WOOD,
        )
    c.fill(back, lighter(cloth, 0.05), to=deep, texture=0.07, grain="fine", bevel=0.35)
    for side in (-1, 1):
        x0 = x + (side - 1) * w * 0.42
        pillow = rounded(x0 + w * 0.01, y - s * 0.92, x0 + w * 0.83, y - s * 0.36, s * 0.14)
        c.shadow(pillow, dy=s * 0.03, blur=s * 0.025, opacity=0.3)
        c.fill(pillow, lighter(cloth, 0.1), to=cloth, texture=0.07, grain="fine", bevel=0.4)
    for side in (-1, 1):
        x0 = x + (side - 1) * w * 0.42
        seat = rounded(x0 + w * 0.005, y - s * 0.46, x0 + w * 0.835, y - s * 0.2, s * 0.08)
        c.shadow(seat, dy=-s * 0.02, blur=s * 0.03, opacity=0.35)
        c.fill(seat, lighter(cloth, 0.16), to=cloth, texture=0.07, grain="fine", bevel=0.4)
    c.fill(rounded(x - w * 0.9, y - s * 0.26, x + w * 0.9, y - s * 0.1, s * 0.05), deep, bevel=0.2)
    for side in (-1, 1):
        cx = x + side * w * 0.92
        arm = rounded(cx - s * 0.15, y - s * 0.66, cx + s * 0.15, y - s * 0.07, s * 0.14)
        c.shadow(arm, dx=-side * s * 0.03, blur=s * 0.03, opacity=0.35)
        c.fill(
            arm, lighter(cloth, 0.08), to=deep, form="tube", texture=0.06, grain="fine", bevel=0.3
        )


def lamp(c: Canvas, t: Thing) -> None:
    """A floor lamp: its shade has the colour; at night it is on."""
    x, y, s = t.on(c)
    c.contact(x, y, s * 0.14)
    c.fill(ellipse(x, y - s * 0.01, s * 0.12, s * 0.025), rgb("3d352f"), bevel=0.3)
    c.fill(
        rounded(x - s * 0.013, y - s * 0.75, x + s * 0.013, y - s * 0.02, 3),
        rgb("5a4a3d"),
        form="tube",
        shine=0.4,
    )
    shade = placed("-.2,-.68 .2,-.68 .12,-1 -.12,-1", x, y, s)
    wall_shadow(c, shade, s * 0.7)
    if c.light.lamps:
        c.glow(x, y - s * 0.8, s * 1.15, rgb("ffc477"), 0.85)
        c.fill(
            shade,
            mix(t.paint, (1, 0.92, 0.72), 0.3),
            to=mix(t.paint, (1, 0.9, 0.66), 0.62),
            lit=False,
        )
        c.glow(x, y - s * 0.7, s * 0.5, rgb("ffdc9a"), 0.55)
        return
    c.fill(
        shade,
        lighter(t.paint, 0.1),
        to=darker(t.paint, 0.12),
        form="tube",
        texture=0.05,
        grain="fine",
        bevel=0.2,
    )
    c.fill(box(x - s * 0.2, y - s * 0.695, x + s * 0.2, y - s * 0.68), darker(t.paint, 0.3))


def desk_lamp(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    c.contact(x, y, s * 0.22)
    head = placed("-.02,-.86 .16,-1 .46,-.74 .22,-.52", x, y, s, flip=side)
    wall_shadow(c, head, s)
    c.fill(ellipse(x, y - s * 0.03, s * 0.21, s * 0.05), darker(t.paint, 0.2), bevel=0.4)
    c.fill(
        placed("-.02,-.04 .03,-.04 -.12,-.5 -.17,-.48", x, y, s, flip=side),
        darker(t.paint, 0.35),
        bevel=0.3,
    )
    c.fill(
        placed("-.17,-.49 -.12,-.52 .12,-.86 .07,-.89", x, y, s, flip=side),
        darker(t.paint, 0.35),
        bevel=0.3,
    )
    c.fill(
        ellipse(x - side * s * 0.145, y - s * 0.5, s * 0.04, s * 0.04), rgb("d9d2c4"), form="round"
    )
    c.fill(head, lighter(t.paint, 0.12), to=darker(t.paint, 0.2), bevel=0.45)
    bulb = spline(placed(".22,-.52 .46,-.74 .42,-.58 .3,-.5", x, y, s, flip=side))
    c.fill(bulb, rgb("fff3cf"), lit=False)
    c.glow(
        x + side * s * 0.45,
        y - s * 0.4,
        s * (1.1 if c.light.lamps else 0.6),
        rgb("ffd591"),
        0.75 if c.light.lamps else 0.35,
    )


def plant(c: Canvas, t: Thing) -> None:
    """Long leaves from a pot, which has the colour."""
    x, y, s = t.on(c)
    rng = np.random.default_rng(t.seed)
    c.contact(x, y, s * 0.2)
    greens = [rgb("4d7c4b"), rgb("6c9c56"), rgb("3b6646"), rgb("86ad62")]
    for k in rng.permutation(13):
        angle = -62 + k * 124 / 12 + rng.uniform(-5, 5)
        length = s * rng.uniform(0.5, 0.72) * (1.0 - abs(angle) / 260)
        leaf = spline(
            placed("0,0 .09,-.35 .08,-.75 0,-1 -.06,-.72 -.07,-.32", x, y - s * 0.3, length)
        )
        leaf = rotated(leaf, x, y - s * 0.3, angle)
        if k % 4 == 0:
            wall_shadow(c, leaf, s * 0.8)
        green = greens[int(rng.integers(4))]
        c.fill(leaf, lighter(green, 0.12), to=darker(green, 0.3), bevel=0.35)
    pot = lathe(x, y, s * 0.34, "0,.36 .1,.4 .8,.53 .81,.6 1,.61", smooth=False)
    wall_shadow(c, pot, s * 0.5)
    c.fill(pot, t.paint, to=darker(t.paint, 0.2), form="tube", shine=0.2, texture=0.06, bevel=0.2)
    c.fill(
        box(x - s * 0.205, y - s * 0.28, x + s * 0.205, y - s * 0.265),
        darker(t.paint, 0.35),
        opacity=0.6,
    )


def picture(c: Canvas, t: Thing) -> None:
    """A framed landscape; its main field has the colour."""
    x, y, s = t.on(c)
    w, h = s * (0.42 if t.seed % 2 else 0.62), s * 0.5
    frame = box(x - w, y - h, x + w, y + h)
    wall_shadow(c, frame, s * 0.7)
    c.fill(frame, rgb("3f3029"), texture=0.1, grain="wood", bevel=0.5)
    m = s * 0.05
    c.fill(box(x - w + m, y - h + m, x + w - m, y + h - m), rgb("efe8d8"))
    m = s * 0.12
    x0, y0, x1, y1 = x - w + m, y - h + m, x + w - m, y + h - m
    c.fill(box(x0, y0, x1, y1), lighter(t.paint, 0.15), to=t.paint)
    c.fill(ellipse(x + w * 0.25, y - h * 0.22, s * 0.09, s * 0.09), lighter(t.paint, 0.75))
    for k, shade in enumerate((0.22, 0.5)):
        line = y + h * (0.12 + 0.28 * k) + wavy(24, seed=t.seed + k, octaves=2) * s * 0.1
        hills = [(x0 + (x1 - x0) * i / 23, float(v)) for i, v in enumerate(line)]
        c.fill([*hills, (x1, y1), (x0, y1)], darker(t.paint, shade))


def rug(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    for grow, colour in (
        (1.0, t.paint),
        (0.82, lighter(t.paint, 0.6)),
        (0.72, t.paint),
        (0.34, lighter(t.paint, 0.45)),
    ):
        outline = ellipse(x, y, s * 1.55 * grow, s * 0.33 * grow)
        if grow == 1.0:
            c.shadow(outline, dy=2, blur=3, opacity=0.35)
        c.fill(outline, colour, to=darker(colour, 0.14), texture=0.1, grain="fine", bevel=0.12)
