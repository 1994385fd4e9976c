"""Round objects: bottles, vases, jugs, mugs, bowls, candles, and fruit."""

import numpy as np

from demo.pictures.canvas import Canvas, Paint
from demo.pictures.colour import RGB, darker, lighter, mix, rgb
from demo.pictures.scene import Thing
from demo.pictures.shapes import box, ellipse, lathe, placed, points, rotated, rounded, spline

BOTTLES = (
    "0,.16 .03,.185 .3,.19 .52,.18 .66,.085 .78,.06 .96,.058 1,.068",
    "0,.2 .04,.24 .28,.26 .5,.2 .64,.08 .8,.06 .97,.06 1,.075",
    "0,.15 .02,.165 .55,.165 .68,.15 .76,.07 .97,.062 1,.07",
)
VASES = (
    "0,.14 .05,.17 .35,.33 .6,.3 .82,.14 .92,.13 1,.19",
    "0,.19 .05,.22 .5,.27 .75,.22 .9,.2 1,.25",
    "0,.12 .06,.15 .55,.32 .8,.28 .93,.16 1,.17",
)


def _cast(c: Canvas, outline: list[tuple[float, float]], size: float) -> None:
    """Throw the outline's shadow on the wall behind."""
    c.shadow(
        outline,
        dx=-c.light.direction[0] * size * 0.16,
        dy=size * 0.05,
        blur=size * 0.05,
        opacity=0.34,
    )


def bottle(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    body = lathe(x, y, s, BOTTLES[t.seed % 3])
    _cast(c, body, s)
    c.contact(x, y, s * 0.2)
    glass = t.paint
    c.fill(body, darker(glass, 0.12), to=lighter(glass, 0.1), form="tube", shine=0.35, bevel=0.25)
    widest = max(w for _, w in points(BOTTLES[t.seed % 3])) * s
    label = box(x - widest * 0.97, y - s * 0.42, x + widest * 0.97, y - s * 0.16)
    if t.seed % 2:
        c.fill(label, lighter(glass, 0.72), form="tube", texture=0.05)
        c.fill(
            box(x - widest * 0.6, y - s * 0.3, x + widest * 0.5, y - s * 0.27), darker(glass, 0.3)
        )
    c.fill(
        rounded(x - s * 0.06, y - s * 1.05, x + s * 0.06, y - s * 0.96, s * 0.02),
        rgb("9c7048"),
        form="tube",
    )
    left = x - widest * 0.55
    gleam = rounded(left - s * 0.015, y - s * 0.5, left + s * 0.015, y - s * 0.1, s * 0.015)
    c.fill(gleam, (1, 1, 1), opacity=0.45)


def vase(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    rng = np.random.default_rng(t.seed)
    body_height = s * 0.62
    profile = VASES[t.seed % 3]
    body = lathe(x, y, body_height, profile)
    _cast(c, body, s)
    c.contact(x, y, body_height * 0.28)
    bloom = [rgb("f2d6c9"), rgb("e9b44c"), rgb("d97b73"), rgb("f4efe4")][t.seed % 4]
    for k in range(7):
        lean = (k - 3) * 0.075 + rng.uniform(-0.02, 0.02)
        top = (x + lean * s * 2.0, y - body_height - s * rng.uniform(0.12, 0.36))
        stem = spline(
            [
                (x - 1.2, y - body_height),
                (x + lean * s, y - body_height - s * 0.15),
                top,
                (top[0] + 2, top[1]),
                (x + lean * s + 2, y - body_height - s * 0.13),
                (x + 1.2, y - body_height),
            ]
        )
        c.fill(stem, rgb("5b7f4f"))
        for _ in range(3):
            c.fill(
                rotated(
                    ellipse(
                        top[0] + rng.uniform(-6, 6),
                        top[1] + rng.uniform(-5, 5),
                        s * 0.05,
                        s * 0.034,
                    ),
                    *top,
                    rng.uniform(0, 180),
                ),
                mix(bloom, (1, 1, 1), rng.uniform(0, 0.4)),
                form="round",
            )
    c.fill(body, t.paint, to=darker(t.paint, 0.25), form="tube", shine=0.3, texture=0.05, bevel=0.2)
    rim = points(profile)[-1][1] * body_height
    c.fill(ellipse(x, y - body_height, rim, rim * 0.22), darker(t.paint, 0.55))


def jug(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    body = lathe(x, y, s, "0,.22 .05,.27 .35,.36 .62,.27 .82,.19 1,.24")
    _cast(c, body, s)
    c.contact(x, y, s * 0.32)
    side = 1 if t.seed % 2 else -1
    handle = spline(
        placed(
            ".2,-.86 .42,-.9 .52,-.7 .42,-.42 .3,-.36 .3,-.44 .38,-.52 .44,-.7 .37,-.81 .22,-.78",
            x,
            y,
            s,
            flip=side,
        )
    )
    c.fill(handle, t.paint, to=darker(t.paint, 0.3), bevel=0.4)
    c.fill(
        body,
        lighter(t.paint, 0.08),
        to=darker(t.paint, 0.2),
        form="tube",
        shine=0.32,
        texture=0.05,
        bevel=0.2,
    )
    c.fill(ellipse(x, y - s, s * 0.24, s * 0.05), darker(t.paint, 0.5))
    c.fill(
        spline(
            [
                (x - side * s * 0.16, y - s * 1.02),
                (x - side * s * 0.34, y - s * 1.04),
                (x - side * s * 0.2, y - s * 0.88),
            ]
        ),
        t.paint,
        bevel=0.3,
    )


def mug(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    w = s * 0.42
    body = lathe(x, y, s, "0,.34 .06,.39 .5,.42 1,.43")
    _cast(c, body, s)
    c.contact(x, y, w)
    side = 1 if t.seed % 2 else -1
    hole = ellipse(x + side * w * 1.12, y - s * 0.53, w * 0.34, s * 0.2)
    ring = c.mask(ellipse(x + side * w * 1.12, y - s * 0.53, w * 0.58, s * 0.33), holes=(hole,))
    c.paint(ring, Paint(darker(t.paint, 0.08), bevel=0.45))
    c.fill(body, t.paint, to=darker(t.paint, 0.16), form="tube", shine=0.3, bevel=0.2)
    c.fill(
        box(x - w * 0.98, y - s * 0.4, x + w * 0.98, y - s * 0.3),
        lighter(t.paint, 0.55),
        form="tube",
    )
    c.fill(ellipse(x, y - s, w * 1.02, s * 0.1), lighter(t.paint, 0.25))
    c.fill(ellipse(x, y - s * 0.985, w * 0.88, s * 0.075), rgb("4a2c1c"), to=rgb("7b4c2e"))


def bowl(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    rng = np.random.default_rng(t.seed)
    w = s * 0.95
    c.contact(x, y, w * 0.62)
    fruit = [rgb("d9562f"), rgb("e9a33a"), rgb("b9c257"), rgb("c4403f"), rgb("edc95a")]
    for k, (dx, dy) in enumerate(points("-.45,.72 .42,.74 -.05,.82 .15,1.02 -.25,1")):
        colour = mix(fruit[(k + t.seed) % 5], (1, 0.95, 0.8), rng.uniform(0, 0.15))
        c.fill(
            ellipse(x + dx * w, y - dy * s, s * 0.27, s * 0.26),
            colour,
            form="round",
            shine=0.25,
            texture=0.06,
        )
    body = lathe(x, y, s * 0.72, "0,.42 .06,.46 .12,.52 .5,1 .85,1.27 1,1.32")
    _cast(c, body, s * 0.8)
    c.fill(body, t.paint, to=darker(t.paint, 0.3), form="tube", shine=0.3, texture=0.05, bevel=0.2)
    c.fill(
        rounded(x - w, y - s * 0.74, x + w, y - s * 0.68, s * 0.03),
        lighter(t.paint, 0.3),
        form="tube",
    )


def candle(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    w = s * 0.16
    c.contact(x, y, w * 1.6)
    c.fill(lathe(x, y, s * 0.14, "0,2.2 .3,2.3 1,1.5"), rgb("b08d57"), form="tube", shine=0.4)
    c.fill(
        box(x - w, y - s * 0.8, x + w, y - s * 0.1),
        t.paint,
        to=darker(t.paint, 0.15),
        form="tube",
        bevel=0.2,
    )
    c.fill(ellipse(x, y - s * 0.8, w, w * 0.3), lighter(t.paint, 0.35))
    flame = spline(
        [
            (x, y - s * 1.04),
            (x + w * 0.34, y - s * 0.9),
            (x, y - s * 0.82),
            (x - w * 0.34, y - s * 0.9),
        ]
    )
    c.fill(flame, rgb("fff2c4"), to=rgb("ffb347"), lit=False)
    c.glow(x, y - s * 0.92, s * 0.75, rgb("ffbe6b"), 0.55)


def _fruit(c: Canvas, t: Thing, colour: RGB, outline: list[tuple[float, float]]) -> None:
    x, y, s = t.on(c)
    c.contact(x, y, s * 0.42)
    c.fill(outline, colour, form="round", shine=0.35, texture=0.07, bevel=0.15, seed=t.seed)
    c.fill(
        spline(
            [
                (x - 1.5, y - s * 0.86),
                (x + s * 0.04, y - s * 1.08),
                (x + s * 0.08, y - s * 1.07),
                (x + 2, y - s * 0.84),
            ]
        ),
        rgb("5a3f2a"),
    )
    c.fill(
        rotated(ellipse(x + s * 0.17, y - s * 1.0, s * 0.15, s * 0.06), x + s * 0.08, y - s, -20),
        rgb("6c9a4d"),
        bevel=0.3,
    )


def apple(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    half = (
        "0,-.86 .25,-.94 .48,-.74 .47,-.36 .26,-.03 0,-.04 -.26,-.03 -.47,-.36 -.48,-.74 -.25,-.94"
    )
    _fruit(c, t, t.paint, spline(placed(half, x, y, s)))


def pear(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    half = "0,-1 .14,-.9 .2,-.66 .38,-.38 .32,-.06 0,0 -.32,-.06 -.38,-.38 -.2,-.66 -.14,-.9"
    _fruit(c, t, t.paint, spline(placed(half, x, y, s)))
