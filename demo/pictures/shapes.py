"""Outlines as lists of pixel coordinates; the canvas turns them into masks."""

import math
from functools import lru_cache

import numpy as np

Point = tuple[float, float]
Outline = list[Point]


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Outline:
    angles = np.linspace(0.0, 2 * math.pi, 56, endpoint=False)
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def box(x0: float, y0: float, x1: float, y1: float) -> Outline:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> Outline:
    """Return a rectangle with corners of the given radius (limited to half a side)."""
    r = min(radius, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    corners = [
        (x1 - r, y0 + r, -90),
        (x1 - r, y1 - r, 0),
        (x0 + r, y1 - r, 90),
        (x0 + r, y0 + r, 180),
    ]
    return [
        (
            cx + r * math.cos(math.radians(start + step)),
            cy + r * math.sin(math.radians(start + step)),
        )
        for cx, cy, start in corners
        for step in range(0, 91, 10)
    ]


def spline(points: Outline, *, steps: int = 8, closed: bool = True) -> Outline:
    """Return a Catmull-Rom curve through the points."""
    p = np.asarray(points, dtype=float)
    ends = [p[-1], p, p[0], p[1]] if closed else [p[0], p, p[-1]]
    p = np.vstack(ends)
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True):
        parts.append(
            0.5
            * (
                2 * b
                + (c - a) * t
                + (2 * a - 5 * b + 4 * c - d) * t**2
                + (3 * b - a - 3 * c + d) * t**3
            )
        )
    curve = np.vstack(parts)
    if not closed:
        curve = np.vstack([curve, p[-1]])
    return [(float(x), float(y)) for x, y in curve]


def lathe(cx: float, base: float, height: float, profile: str, *, smooth: bool = True) -> Outline:
    """Return the outline of a solid of revolution.

    profile: "t,half-width" pairs from the foot (t = 0) to the rim (t = 1), both in units of height.
    """
    side = [(cx + w * height, base - t * height) for t, w in points(profile)]
    if smooth:
        side = spline(side, closed=False)
    return side + [(2 * cx - x, y) for x, y in reversed(side)]


def blob(cx: float, cy: float, rx: float, ry: float, *, seed: int) -> Outline:
    """Return a soft irregular closed curve, as of a bush or a cloud."""
    rng = np.random.default_rng(seed)
    n = 11
    angles = np.linspace(0, 2 * math.pi, n, endpoint=False) + rng.uniform(-0.12, 0.12, n)
    reach = 1 + rng.uniform(-0.18, 0.18, n)
    points = [
        (cx + rx * r * math.cos(a), cy + ry * r * math.sin(a))
        for a, r in zip(angles, reach, strict=True)
    ]
    return spline(points)


def wavy(n: int, *, seed: int, octaves: int = 5, falloff: float = 0.5, base: int = 2) -> np.ndarray:
    """Return smooth fractal noise along a line, (n,), roughly within -1 and 1."""
    rng = np.random.default_rng(seed)
    out = np.zeros(n)
    amplitude, total = 1.0, 0.0
    for octave in range(octaves):
        knots = base * 2**octave + 2
        values = rng.uniform(-1, 1, knots)
        position = np.linspace(0, knots - 1.001, n)
        low = position.astype(int)
        t = position - low
        t = t * t * (3 - 2 * t)
        out += amplitude * (values[low] * (1 - t) + values[np.minimum(low + 1, knots - 1)] * t)
        total += amplitude
        amplitude *= falloff
    return out / total


def below(heights: np.ndarray, width: int, bottom: float) -> Outline:
    """Return the area between a skyline (y per step across the width) and the bottom."""
    xs = np.linspace(-2, width + 2, len(heights))
    top = [(float(x), float(y)) for x, y in zip(xs, heights, strict=True)]
    return [*top, (width + 2.0, bottom), (-2.0, bottom)]


def rotated(outline: Outline, cx: float, cy: float, degrees: float) -> Outline:
    """Return the outline rotated clockwise (on screen) about a point."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (cx + (x - cx) * c - (y - cy) * s, cy + (x - cx) * s + (y - cy) * c) for x, y in outline
    ]


@lru_cache(maxsize=512)
def points(text: str) -> tuple[Point, ...]:
    """Return the pairs of a text such as "0,.16 .03,.18"."""
    pairs = (pair.split(",") for pair in text.split())
    return tuple((float(a), float(b)) for a, b in pairs)


def placed(text: str, x: float, y: float, size: float, *, flip: int = 1) -> Outline:
    """Return an outline written in units of `size` around (x, y); flip = -1 mirrors it."""
    return [(x + flip * a * size, y + b * size) for a, b in points(text)]
