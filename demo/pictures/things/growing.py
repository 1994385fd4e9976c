"""What grows outdoors: trees and cactus."""

import numpy as np

from demo.pictures.canvas import Canvas
from demo.pictures.colour import darker, lighter, mix, rgb
from demo.pictures.scene import Thing
from demo.pictures.shapes import blob, box, placed, rounded, spline
from demo.pictures.things.outdoor import ground_shadow


def tree(c: Canvas, t: Thing) -> None:
    """A broad tree; the crown has the colour."""
    x, y, s = t.on(c)
    rng = np.random.default_rng(t.seed)
    ground_shadow(c, x, y, s * 0.2, s * 0.8)
    c.fill(
        placed("-.05,0 -.035,-.5 .035,-.5 .055,0", x, y, s),
        rgb("6a4a35"),
        to=rgb("4a3226"),
        form="tube",
        texture=0.15,
        grain="fine",
    )
    boughs = [(rng.uniform(0, 6.28), rng.uniform(0.0, 1) ** 0.6) for _ in range(26)]
    spots = [(0.3 * r * np.cos(a), -0.67 + 0.25 * r * np.sin(a)) for a, r in boughs]
    c.fill(blob(x, y - s * 0.66, s * 0.3, s * 0.25, seed=t.seed), darker(t.paint, 0.42))
    for dx, dy in sorted(spots, key=lambda k: -k[1] + 0.5 * k[0] * c.light.direction[0]):
        lit = float(np.clip(-0.25 - 1.35 * (dy + 0.42) + dx * c.light.direction[0], 0, 1))
        leaf = mix(darker(t.paint, 0.34), lighter(t.paint, 0.2), lit)
        r = s * rng.uniform(0.075, 0.115)
        outline = blob(x + dx * s, y + dy * s, r * 1.15, r * 0.9, seed=int(rng.integers(1_000_000)))
        c.fill(
            outline,
            lighter(leaf, 0.08),
            to=darker(leaf, 0.16),
            texture=0.2,
            grain="fine",
            bevel=0.22,
            seed=t.seed,
        )


def shrub(c: Canvas, t: Thing) -> None:
    """A round tree so far away that only its outline counts."""
    x, y, s = t.on(c)
    c.fill(box(x - s * 0.03, y - s * 0.4, x + s * 0.03, y), darker(t.paint, 0.4))
    c.fill(
        blob(x, y - s * 0.62, s * 0.34, s * 0.36, seed=t.seed),
        lighter(t.paint, 0.12),
        to=darker(t.paint, 0.25),
        texture=0.15,
        grain="fine",
    )


def pine(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    ground_shadow(c, x, y, s * 0.14, s * 0.8)
    c.fill(box(x - s * 0.03, y - s * 0.16, x + s * 0.03, y), rgb("553b2b"))
    for k in range(5):
        width, base, top = (
            s * (0.3 - 0.05 * k),
            y - s * (0.1 + 0.17 * k),
            y - s * (0.42 + 0.145 * k),
        )
        c.fill(
            spline(
                [
                    (x, top),
                    (x + width * 0.5, base - s * 0.1),
                    (x + width, base),
                    (x, base + s * 0.03),
                    (x - width, base),
                    (x - width * 0.5, base - s * 0.1),
                ],
                steps=4,
            ),
            lighter(t.paint, 0.06 + 0.03 * k),
            to=darker(t.paint, 0.32),
            texture=0.12,
            grain="fine",
            bevel=0.3,
        )


def cactus(c: Canvas, t: Thing) -> None:
    x, y, s = t.on(c)
    ground_shadow(c, x, y, s * 0.14, s)
    arms = ((1, 0.62, 0.3, 0.88), (-1, 0.48, 0.34, 0.7))
    for side, low, out, high in arms:
        arm = spline(
            [
                (x, y - s * low),
                (x + side * s * out * 0.8, y - s * low),
                (x + side * s * (out - 0.06), y - s * high),
                (x + side * s * out, y - s * (high + 0.05)),
                (x + side * s * (out + 0.07), y - s * high),
                (x + side * s * (out + 0.06), y - s * (low - 0.1)),
                (x, y - s * (low - 0.13)),
            ]
        )
        c.fill(arm, t.paint, to=darker(t.paint, 0.25), bevel=0.4, texture=0.06)
    trunk = rounded(x - s * 0.1, y - s, x + s * 0.1, y, s * 0.1)
    c.fill(
        trunk, lighter(t.paint, 0.05), to=darker(t.paint, 0.2), form="tube", texture=0.05, bevel=0.3
    )
    for k in (-0.055, 0.0, 0.055):
        c.fill(
            box(x + k * s - 0.7, y - s * 0.93, x + k * s + 0.7, y - s * 0.03),
            darker(t.paint, 0.4),
            opacity=0.5,
        )
