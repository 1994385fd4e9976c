"""What drives and sails, and the houses along a street."""

from demo.pictures.canvas import Canvas
from demo.pictures.colour import darker, lighter, rgb
from demo.pictures.scene import Thing
from demo.pictures.shapes import box, ellipse, placed, rounded, spline
from demo.pictures.things.outdoor import LAMPLIGHT, ground_shadow

GLASS, DARK_GLASS = rgb("cfe3ea"), rgb("7d9bb0")


def _wheels(c: Canvas, t: Thing, reach: float, r: float) -> None:
    x, y, s = t.on(c)
    for dx in (-reach, reach):
        c.fill(ellipse(x + dx * s, y - r * s, r * s, r * s), rgb("26252a"), bevel=0.3)
        c.fill(
            ellipse(x + dx * s, y - r * s, r * s * 0.55, r * s * 0.55),
            rgb("c9c9cc"),
            to=rgb("85878e"),
            bevel=0.3,
        )


def car(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    ground_shadow(c, x, y, s * 1.2, s * 0.9)
    cabin = spline(placed("-.75,-.5 -.55,-.9 -.2,-1 .3,-.97 .62,-.56 .4,-.5", x, y, s, flip=side))
    c.fill(cabin, lighter(t.paint, 0.1), to=t.paint, bevel=0.3)
    for window in (
        "-.58,-.58 -.45,-.86 -.13,-.9 -.13,-.58",
        "-.05,-.58 -.05,-.9 .26,-.87 .46,-.58",
    ):
        c.fill(placed(window, x, y, s, flip=side), GLASS, to=DARK_GLASS, angle=60, bevel=0.2)
    body = spline(
        placed(
            "-1.22,-.2 -1.2,-.5 -.9,-.6 -.3,-.62 .5,-.6 1.05,-.5 1.24,-.3 1.2,-.14 0,-.1 "
            "-1.15,-.12",
            x,
            y,
            s,
            flip=side,
        )
    )
    c.fill(body, lighter(t.paint, 0.12), to=darker(t.paint, 0.28), texture=0.03, bevel=0.4)
    c.fill(
        placed("-1.2,-.2 1.2,-.2 1.16,-.12 -1.16,-.12", x, y, s, flip=side), darker(t.paint, 0.55)
    )
    c.fill(rounded(x - s * 0.18, y - s * 0.5, x - s * 0.02, y - s * 0.46, 3), darker(t.paint, 0.4))
    lamp_x = x + side * s * 1.13
    c.fill(ellipse(lamp_x, y - s * 0.38, s * 0.07, s * 0.08), rgb("fff1c4"), lit=False)
    if c.light.lamps:
        c.glow(lamp_x + side * s * 0.2, y - s * 0.34, s * 0.8, LAMPLIGHT, 0.7)
    _wheels(c, t, 0.72, 0.21)


def van(c: Canvas, t: Thing) -> None:
    """A camper van in two tones."""
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    ground_shadow(c, x, y, s * 1.0, s * 0.8)
    body = spline(
        placed(
            "-.98,-.12 -1,-.5 -.96,-.92 -.8,-1 .5,-1 .78,-.92 .96,-.5 1,-.14 .5,-.1 -.5,-.1",
            x,
            y,
            s,
            flip=side,
        )
    )
    c.fill(body, rgb("f4eee0"), to=rgb("d8d0c0"), bevel=0.35)
    lower = placed("-.99,-.5 .95,-.5 1.0,-.3 .98,-.12 -.97,-.12", x, y, s, flip=side)
    c.fill(lower, lighter(t.paint, 0.08), to=darker(t.paint, 0.22), bevel=0.25)
    c.fill(placed("-.9,-1 .52,-1 .7,-.94 -.96,-.94", x, y, s, flip=side), t.paint, bevel=0.2)
    pane = LAMPLIGHT if c.light.lamps else GLASS
    for x0, x1 in ((-0.86, -0.46), (-0.4, 0.0), (0.06, 0.44)):
        a, b = sorted((x + side * x0 * s, x + side * x1 * s))
        c.fill(
            rounded(a, y - s * 0.86, b, y - s * 0.56, s * 0.05),
            pane,
            to=DARK_GLASS,
            angle=60,
            bevel=0.2,
        )
    c.fill(
        placed(".52,-.86 .68,-.86 .86,-.56 .52,-.56", x, y, s, flip=side),
        GLASS,
        to=DARK_GLASS,
        angle=60,
    )
    c.fill(ellipse(x + side * s * 0.9, y - s * 0.34, s * 0.07, s * 0.07), rgb("fff1c4"), lit=False)
    _wheels(c, t, 0.58, 0.17)


def sailboat(c: Canvas, t: Thing) -> None:
    """The sails have the colour."""
    x, y, s = t.on(c)
    side = 1 if t.seed % 2 else -1
    c.shadow(ellipse(x, y, s * 0.5, s * 0.05), blur=s * 0.03 + 1, opacity=0.5)
    c.fill(box(x - s * 0.012, y - s, x + s * 0.012, y - s * 0.1), rgb("5b4334"))
    main = spline(placed("-.03,-.98 -.03,-.2 -.47,-.2 -.26,-.55", x, y, s, flip=side), steps=5)
    c.fill(
        main, lighter(t.paint, 0.12), to=darker(t.paint, 0.14), angle=30, texture=0.04, bevel=0.25
    )
    jib = spline(placed(".03,-.92 .2,-.5 .4,-.2 .03,-.22", x, y, s, flip=side), steps=5)
    c.fill(
        jib, lighter(t.paint, 0.45), to=lighter(t.paint, 0.15), angle=30, texture=0.04, bevel=0.25
    )
    hull = spline(
        placed("-.5,-.14 .56,-.16 .4,0 .2,.03 -.34,.03 -.44,-.02", x, y, s, flip=side), steps=5
    )
    c.fill(hull, rgb("f1ebdf"), to=rgb("8d6b52"), bevel=0.35)
    c.fill(placed("-.47,-.07 .5,-.08 .47,-.045 -.45,-.04", x, y, s, flip=side), t.paint)
    if c.light.lamps:
        c.glow(x, y - s * 0.2, s * 0.4, LAMPLIGHT, 0.5)


def house(c: Canvas, t: Thing) -> None:
    """A town house with gable, windows and door; the front has the colour."""
    x, y, s = t.on(c)
    w = s * 0.34
    front = placed("-.34,0 -.34,-.74 .34,-.74 .34,0", x, y, s)
    c.fill(
        front,
        lighter(t.paint, 0.14),
        to=darker(t.paint, 0.12),
        texture=0.07,
        grain="brush",
        bevel=0.12,
        seed=t.seed,
    )
    if t.seed % 3 == 0:
        gable = placed(
            "-.34,-.735 -.22,-.78 -.22,-.86 -.1,-.88 -.1,-.96 .1,-.96 .1,-.88 .22,-.86 .22,-.78 "
            ".34,-.735",
            x,
            y,
            s,
        )
        c.fill(gable, lighter(t.paint, 0.16), bevel=0.25)
    else:
        c.fill(
            placed("-.4,-.72 0,-1 .4,-.72", x, y, s),
            rgb("7a4a3d"),
            to=rgb("55332f"),
            texture=0.2,
            grain="brush",
            bevel=0.3,
        )
        c.fill(placed("-.26,-.735 0,-.92 .26,-.735", x, y, s), lighter(t.paint, 0.08), bevel=0.1)
    c.fill(
        box(x - w * 1.04, y - s * 0.75, x + w * 1.04, y - s * 0.725),
        lighter(t.paint, 0.5),
        bevel=0.3,
    )
    _openings(c, t)
    c.shadow(box(x - w, y - s * 0.02, x + w, y + s * 0.015), blur=s * 0.02, opacity=0.4)


def _openings(c: Canvas, t: Thing) -> None:
    """Three rows of three windows, with a door in place of one."""
    x, y, s = t.on(c)
    for index in range(9):
        row, column = divmod(index, 3)
        cx, cy = x + (column - 1) * s * 0.211, y - s * (0.63 - 0.21 * row)
        if row == 2 and column == t.seed % 3:
            c.fill(box(cx - s * 0.07, y - s * 0.27, cx + s * 0.07, y), lighter(t.paint, 0.75))
            door = box(cx - s * 0.052, y - s * 0.25, cx + s * 0.052, y)
            c.fill(door, darker(t.paint, 0.5), texture=0.1, grain="wood")
        else:
            _window(c, t, (cx, cy), burning=c.light.lamps and (t.seed >> index) % 4 != 0)


def _window(c: Canvas, t: Thing, centre: tuple[float, float], *, burning: bool) -> None:
    (cx, cy), s, frame = centre, t.size * c.unit, lighter(t.paint, 0.75)
    c.fill(box(cx - s * 0.068, cy - s * 0.085, cx + s * 0.068, cy + s * 0.075), frame, bevel=0.2)
    c.fill(
        box(cx - s * 0.052, cy - s * 0.068, cx + s * 0.052, cy + s * 0.06),
        LAMPLIGHT if burning else rgb("86a5b8"),
        to=rgb("f0a850") if burning else rgb("4a6076"),
        lit=not burning,
    )
    c.fill(box(cx - s * 0.005, cy - s * 0.068, cx + s * 0.005, cy + s * 0.06), frame)
    if burning:
        c.glow(cx, cy, s * 0.2, LAMPLIGHT, 0.3)


def street_lamp(c: Canvas, t: Thing) -> None:
    """A street lamp; its post has the colour."""
    x, y, s = t.on(c)
    ground_shadow(c, x, y, s * 0.06, s * 0.6)
    c.fill(
        rounded(x - s * 0.02, y - s * 0.86, x + s * 0.02, y, 3),
        t.paint,
        to=darker(t.paint, 0.3),
        form="tube",
        bevel=0.3,
    )
    c.fill(placed("-.06,0 .06,0 .035,-.14 -.035,-.14", x, y, s), darker(t.paint, 0.2), form="tube")
    c.fill(
        placed("-.05,-.84 .05,-.84 .085,-.97 -.085,-.97", x, y, s),
        rgb("fff0c2") if c.light.lamps else rgb("e8ecea"),
        lit=not c.light.lamps,
    )
    c.fill(
        placed("-.1,-.97 .1,-.97 .03,-1.03 -.03,-1.03", x, y, s), darker(t.paint, 0.25), bevel=0.3
    )
    if c.light.lamps:
        c.glow(x, y - s * 0.9, s * 0.75, LAMPLIGHT, 0.8)
