"""What stands and flies outdoors: balloon, kite, tent, barn, lighthouse, parasol, ball, bench."""

import numpy as np

from demo.pictures.canvas import Canvas
from demo.pictures.colour import darker, lighter, rgb
from demo.pictures.scene import Thing
from demo.pictures.shapes import blob, box, ellipse, lathe, placed, rotated, rounded, spline

LAMPLIGHT = rgb("ffd27a")


def ground_shadow(c: Canvas, x: float, y: float, width: float, size: float) -> None:
    """Throw a long soft shadow over the ground, away from the light."""
    reach = -c.light.direction[0] * size * 0.75
    outline = [
        (x - width, y),
        (x + width, y),
        (x + width * 0.7 + reach, y + size * 0.13),
        (x - width * 0.7 + reach, y + size * 0.13),
    ]
    c.shadow(outline, blur=size * 0.035 + 1, opacity=0.42)
    c.contact(x, y, width, opacity=0.4)


def balloon(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    top = y - s * 0.06
    skin = spline(
        placed("0,-.5 .3,-.4 .38,-.12 .24,.16 .1,.36 -.1,.36 -.24,.16 -.38,-.12 -.3,-.4", x, top, s)
    )
    c.fill(
        skin, t.paint, to=darker(t.paint, 0.25), form="round", shine=0.2, texture=0.04, bevel=0.25
    )
    pale = lighter(t.paint, 0.62)
    for side in (-1, 1):
        gore = spline(
            placed(
                "0,-.49 .17,-.38 .22,-.12 .13,.16 .055,.36 .025,.36 .05,.16 .08,-.12 .06,-.38",
                x,
                top,
                s,
                flip=side,
            )
        )
        c.fill(gore, pale, to=darker(pale, 0.25), form="round", opacity=0.82)
    if c.light.lamps:
        c.glow(x, top + s * 0.2, s * 0.55, LAMPLIGHT, 0.55)
    for side in (-1, 1):
        c.fill(placed(".07,.35 .085,.35 .055,.55 .045,.55", x, top, s, flip=side), rgb("4b3b30"))
    c.fill(
        rounded(x - s * 0.075, top + s * 0.54, x + s * 0.075, top + s * 0.65, s * 0.02),
        rgb("8a6238"),
        texture=0.2,
        grain="fine",
        bevel=0.3,
    )


def kite(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    tilt = -18 if t.seed % 2 else 22
    tail = [
        (x + s * (0.05 * np.sin(k * 0.9)) + s * 0.03 * k, y + s * (0.45 + 0.05 * k))
        for k in range(9)
    ]
    back = [(px + s * 0.012, py + s * 0.008) for px, py in reversed(tail)]
    c.fill(
        rotated([*spline(tail, closed=False), *spline(back, closed=False)], x, y, tilt),
        darker(t.paint, 0.3),
    )
    for k in (3, 5, 7):
        bow = placed("0,0 .08,-.05 .08,.05 0,0 -.08,-.05 -.08,.05", *tail[k], s)
        c.fill(rotated(bow, x, y, tilt), lighter(t.paint, 0.4))
    for text, tone in (
        ("0,-.5 0,.46 -.36,-.1", lighter(t.paint, 0.16)),
        ("0,-.5 .36,-.1 0,.46", darker(t.paint, 0.1)),
        ("0,-.1 .36,-.1 0,.46", lighter(t.paint, 0.55)),
        ("0,-.5 0,-.1 -.36,-.1", darker(t.paint, 0.2)),
    ):
        c.fill(rotated(placed(text, x, y, s), x, y, tilt), tone, texture=0.04, bevel=0.12)


def tent(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    ground_shadow(c, x, y, s * 0.85, s)
    c.fill(
        placed("-.2,-.98 .62,-.82 1.02,-.02 .38,0", x, y, s, flip=side),
        darker(t.paint, 0.12),
        to=darker(t.paint, 0.32),
        texture=0.06,
        bevel=0.2,
    )
    c.fill(
        placed("-.2,-1 .42,0 -.86,0", x, y, s, flip=side),
        lighter(t.paint, 0.12),
        to=darker(t.paint, 0.06),
        texture=0.05,
        bevel=0.22,
    )
    inside = placed("-.2,-.74 .08,0 -.5,0", x, y, s, flip=side)
    if c.light.lamps:
        c.fill(inside, rgb("ffd98f"), to=rgb("e88d3c"), lit=False)
        c.glow(x - side * s * 0.2, y - s * 0.3, s * 1.1, LAMPLIGHT, 0.5)
    else:
        c.fill(inside, rgb("3a2a28"), to=rgb("221a1c"))
    c.fill(
        placed("-.2,-.74 -.3,-.3 -.26,0 -.5,0", x, y, s, flip=side),
        lighter(t.paint, 0.35),
        bevel=0.3,
    )


def barn(c: Canvas, t: Thing) -> None:
    """A small wooden house; its walls have the colour."""
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    ground_shadow(c, x, y, s * 0.8, s)
    c.fill(
        placed("-.05,-.62 .85,-.58 .85,-.02 -.05,0", x, y, s, flip=side),
        darker(t.paint, 0.14),
        to=darker(t.paint, 0.3),
        texture=0.14,
        grain="wood",
        seed=t.seed,
    )
    c.fill(
        placed("-.75,-.6 -.4,-.98 -.05,-.6 -.05,0 -.75,0", x, y, s, flip=side),
        lighter(t.paint, 0.08),
        to=darker(t.paint, 0.1),
        texture=0.12,
        grain="wood",
        seed=t.seed,
    )
    c.fill(
        placed("-.42,-1.03 .62,-.94 .94,-.55 -.01,-.58", x, y, s, flip=side),
        rgb("55494a"),
        to=rgb("3b3236"),
        texture=0.12,
        grain="brush",
        bevel=0.25,
    )
    c.fill(
        placed("-.42,-1.03 -.36,-1.02 -.78,-.52 -.84,-.56", x, y, s, flip=side),
        rgb("6b5d5a"),
        bevel=0.3,
    )
    c.fill(
        placed("-.52,-.34 -.28,-.34 -.28,0 -.52,0", x, y, s, flip=side), rgb("4a3226"), bevel=0.3
    )
    pane = LAMPLIGHT if c.light.lamps else rgb("a9c4cf")
    for window in (
        ".14,-.42 .34,-.415 .34,-.2 .14,-.2",
        ".52,-.41 .7,-.405 .7,-.2 .52,-.2",
        "-.47,-.7 -.33,-.7 -.33,-.52 -.47,-.52",
    ):
        c.fill(placed(window, x, y, s, flip=side), pane, bevel=0.2, lit=not c.light.lamps)
    if c.light.lamps:
        c.glow(x + side * s * 0.4, y - s * 0.3, s * 0.75, LAMPLIGHT, 0.5)


def parasol(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    ground_shadow(c, x, y, s * 0.45, s * 0.8)
    c.fill(
        rotated(box(x - s * 0.016, y - s * 0.98, x + s * 0.016, y), x, y, 5),
        rgb("e9e2d2"),
        form="tube",
    )
    top = x + s * 0.08
    canopy = spline(
        placed(
            "-.62,-.62 -.48,-.84 0,-1 .48,-.84 .62,-.62 .42,-.66 .2,-.62 0,-.66 -.2,-.62 -.42,-.66",
            top,
            y,
            s,
        )
    )
    c.shadow(canopy, dy=s * 0.05, blur=s * 0.04, opacity=0.25)
    c.fill(canopy, lighter(t.paint, 0.05), to=darker(t.paint, 0.2), form="tube", bevel=0.3)
    for side in (-1, 1):
        strip = spline(
            placed("0,-.99 .16,-.88 .21,-.63 .4,-.67 .34,-.84 .14,-.96", top, y, s, flip=side)
        )
        c.fill(strip, lighter(t.paint, 0.7), to=lighter(t.paint, 0.45), bevel=0.15)


def ball(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    r = s * 0.5
    ground_shadow(c, x, y, r * 0.8, s)
    c.fill(ellipse(x, y - r, r, r), t.paint, form="round", shine=0.4)
    for side in (-1, 1):
        panel = spline(
            placed("0,-.98 .38,-.8 .55,-.3 .5,.2 .7,-.3 .6,-.72", x, y - r, r, flip=side)
        )
        c.fill(panel, lighter(t.paint, 0.8), opacity=0.85, bevel=0.1)
    c.fill(ellipse(x, y - r * 1.84, r * 0.2, r * 0.1), lighter(t.paint, 0.85))


def bench(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    ground_shadow(c, x, y, s * 0.95, s)
    for side in (-1, 1):
        c.fill(placed(".74,0 .82,0 .8,-.98 .74,-.98", x, y, s, flip=side), rgb("3c3836"), bevel=0.4)
        c.fill(
            placed(".7,.08 .78,.08 .78,-.4 .7,-.4", x, y, s, flip=side), rgb("4a4542"), bevel=0.4
        )
    for top, height in ((0.95, 0.15), (0.76, 0.15), (0.45, 0.12), (0.34, 0.1)):
        slat = rounded(x - s * 0.95, y - s * top, x + s * 0.95, y - s * (top - height), s * 0.03)
        c.fill(
            slat,
            lighter(t.paint, 0.08),
            to=darker(t.paint, 0.15),
            texture=0.14,
            grain="wood",
            bevel=0.35,
            seed=t.seed,
        )


def lighthouse(c: Canvas, t: Thing) -> None:
    """A banded tower; the bands have the colour."""
    x, y, s = t.on(c)
    c.fill(
        blob(x, y - s * 0.01, s * 0.34, s * 0.1, seed=t.seed),
        rgb("6f6a66"),
        to=rgb("47454a"),
        texture=0.2,
        bevel=0.3,
    )
    tower = lathe(x, y - s * 0.04, s * 0.78, "0,.17 1,.11", smooth=False)
    c.fill(tower, rgb("f3ede0"), to=rgb("ddd5c6"), form="tube", bevel=0.15)
    for low in (0.08, 0.36, 0.64):
        a, b = 0.17 - 0.06 * low, 0.17 - 0.06 * (low + 0.15)
        h = s * 0.78
        base = y - s * 0.04
        band = [
            (x - a * h, base - low * h),
            (x + a * h, base - low * h),
            (x + b * h, base - (low + 0.15) * h),
            (x - b * h, base - (low + 0.15) * h),
        ]
        c.fill(band, t.paint, to=darker(t.paint, 0.1), form="tube")
    c.fill(box(x - s * 0.12, y - s * 0.84, x + s * 0.12, y - s * 0.81), rgb("3f3b40"), bevel=0.4)
    c.fill(box(x - s * 0.065, y - s * 0.93, x + s * 0.065, y - s * 0.84), LAMPLIGHT, lit=False)
    c.fill(placed("-.09,-.925 0,-1.02 .09,-.925", x, y, s), darker(t.paint, 0.15), bevel=0.3)
    c.glow(x, y - s * 0.885, s * (0.9 if c.light.lamps else 0.25), LAMPLIGHT, 0.8)
