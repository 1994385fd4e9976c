"""What lies about in rooms: cat, clock, books, cushion, laptop."""

import numpy as np

from demo.pictures.canvas import Canvas, Paint
from demo.pictures.colour import NAMED, darker, lighter, rgb
from demo.pictures.scene import Thing
from demo.pictures.shapes import box, ellipse, placed, rotated, rounded, spline, wavy
from demo.pictures.things.furniture import wall_shadow


def cushion(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    h = s * 0.5
    outline = spline(
        rotated(placed("-1,-1 0,-.86 1,-1 .88,0 1,1 0,.9 -1,1 -.88,0", x, y - h, h), x, y - h, 9)
    )
    c.shadow(outline, dx=-c.light.direction[0] * s * 0.06, dy=s * 0.05, blur=s * 0.05, opacity=0.45)
    c.fill(
        outline,
        lighter(t.paint, 0.1),
        to=darker(t.paint, 0.18),
        angle=60,
        texture=0.08,
        grain="fine",
        bevel=0.35,
    )
    stripe = lighter(t.paint, 0.55)
    for k in (-0.4, 0.0, 0.4):
        bar = rotated(
            box(x + k * s - s * 0.03, y - h * 1.8, x + k * s + s * 0.03, y - h * 0.2), x, y - h, 9
        )
        c.fill(bar, stripe, opacity=0.75)


def cat(c: Canvas, t: Thing) -> None:
    """A sitting cat, seen from behind or in front, in the colour of a toy."""
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    fur, dark = t.paint, darker(t.paint, 0.3)
    c.contact(x, y, s * 0.3, opacity=0.6)
    tail = spline(
        placed(
            ".2,-.04 .5,-.02 .66,-.14 .6,-.3 .68,-.32 .76,-.12 .58,.05 .2,.03", x, y, s, flip=side
        )
    )
    c.fill(tail, dark, bevel=0.3)
    body = spline(
        placed("0,-.66 .18,-.58 .3,-.3 .34,-.06 .24,0 -.24,0 -.34,-.06 -.3,-.3 -.18,-.58", x, y, s)
    )
    c.fill(body, fur, to=darker(fur, 0.2), form="round", texture=0.07, grain="fine", bevel=0.3)
    for ear in (-1, 1):
        c.fill(placed(".04,-.86 .2,-.76 .2,-1.02", x, y, s, flip=ear), dark, bevel=0.3)
    c.fill(
        ellipse(x, y - s * 0.72, s * 0.23, s * 0.19),
        lighter(fur, 0.06),
        form="round",
        texture=0.06,
        grain="fine",
        bevel=0.2,
    )
    for eye in (-1, 1):
        c.fill(ellipse(x + eye * s * 0.09, y - s * 0.74, s * 0.03, s * 0.035), rgb("2b2622"))
        c.fill(ellipse(x + eye * s * 0.09 - s * 0.01, y - s * 0.755, s * 0.01, s * 0.01), (1, 1, 1))
    c.fill(placed("-.03,-.68 .03,-.68 0,-.64", x, y, s), rgb("d98b86"))
    c.fill(
        spline(placed("0,-.5 .13,-.42 .12,-.16 0,-.08 -.12,-.16 -.13,-.42", x, y, s)),
        lighter(fur, 0.45),
        opacity=0.55,
    )


def clock(c: Canvas, t: Thing) -> None:
    """A round clock: on the wall, or on its foot."""
    x, y, s = t.on(c)
    r = s * 0.5
    cy = y - r
    wall_shadow(c, ellipse(x, cy, r, r), s)
    c.contact(x, y, r * 0.5)
    c.fill(ellipse(x, cy, r, r), t.paint, to=darker(t.paint, 0.25), bevel=0.5)
    c.fill(ellipse(x, cy, r * 0.8, r * 0.8), rgb("f6f0e2"), to=rgb("e4dac6"))
    for k in range(12):
        tick = rotated(box(x - r * 0.02, cy - r * 0.74, x + r * 0.02, cy - r * 0.62), x, cy, 30 * k)
        c.fill(tick, rgb("3a3430"))
    for length, width, angle in ((0.38, 0.04, 35 + t.seed % 300), (0.56, 0.028, t.seed * 7 % 360)):
        c.fill(
            rotated(box(x - r * width, cy - r * length, x + r * width, cy), x, cy, angle),
            rgb("2c2826"),
        )
    c.fill(ellipse(x, cy, r * 0.06, r * 0.06), rgb("b8443a"))


def books(c: Canvas, t: Thing) -> None:
    """A pile of books; the thick one on top has the colour, and so do the bindings."""
    x, y, s = t.on(c)
    rng = np.random.default_rng(t.seed)
    c.contact(x, y, s * 0.62)
    tones = [darker(t.paint, 0.25), lighter(t.paint, 0.35), darker(t.paint, 0.1), t.paint]
    base = y
    for k, tone in enumerate(tones):
        h = s * (0.17, 0.2, 0.16, 0.3)[k]
        w = s * rng.uniform(0.5, 0.62)
        dx = s * rng.uniform(-0.06, 0.06)
        cover = rounded(x + dx - w, base - h, x + dx + w, base, s * 0.03)
        wall_shadow(c, cover, s * 0.5)
        c.fill(cover, lighter(tone, 0.1), to=darker(tone, 0.15), texture=0.05, bevel=0.3)
        c.fill(
            box(x + dx - w * 0.98, base - h * 0.8, x + dx - w * 0.86, base - h * 0.2),
            lighter(tone, 0.5),
        )
        c.fill(
            box(x + dx + w * 0.5, base - h * 0.82, x + dx + w * 0.7, base - h * 0.18),
            NAMED["yellow"],
            opacity=0.7,
        )
        base -= h


def laptop(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    w = s * 0.78
    c.contact(x, y, w * 1.05)
    lid = rounded(x - w, y - s, x + w, y - s * 0.08, s * 0.05)
    wall_shadow(c, lid, s)
    c.fill(lid, rgb("3b3e45"), bevel=0.35)
    screen = box(x - w * 0.93, y - s * 0.94, x + w * 0.93, y - s * 0.14)
    c.paint(
        c.mask(screen), Paint(lighter(t.paint, 0.25), to=darker(t.paint, 0.15), angle=40, lit=False)
    )
    line = y - s * 0.38 + wavy(30, seed=t.seed, octaves=3) * s * 0.16
    hills = [(x - w * 0.93 + w * 1.86 * i / 29, float(v)) for i, v in enumerate(line)]
    c.fill(
        [*hills, (x + w * 0.93, y - s * 0.14), (x - w * 0.93, y - s * 0.14)],
        darker(t.paint, 0.4),
        lit=False,
    )
    c.glow(x, y - s * 0.5, s * 0.9, lighter(t.paint, 0.4), 0.3 if c.light.lamps else 0.1)
    c.fill(
        placed("-.86,-.08 .86,-.08 .98,.02 -.98,.02", x, y, s),
        rgb("b9bcc2"),
        to=rgb("8d9097"),
        bevel=0.4,
    )
