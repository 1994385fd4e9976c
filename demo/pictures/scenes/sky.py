"""Sky, clouds, hills and water: the far layers that outdoor scenes share."""

import numpy as np

from demo.pictures import textures
from demo.pictures.canvas import Canvas, Paint
from demo.pictures.colour import RGB, darker, lighter, mix
from demo.pictures.scene import Scene
from demo.pictures.shapes import below, ellipse, wavy


def sky(c: Canvas, scene: Scene, horizon: float) -> None:
    """Paint the sky down to a horizon in pixels: gradient, clouds, sun or moon, stars."""
    light, rng = c.light, np.random.default_rng(scene.seed)
    stops = np.asarray(light.sky, dtype=np.float32)
    t = np.clip(np.arange(c.height, dtype=np.float32) / max(horizon, 1), 0, 1)
    column = np.stack([np.interp(t, [0, 0.55, 1], stops[:, k]) for k in range(3)], axis=1)
    c.pixels[:] = column[:, None, :]
    drift = textures.crop("cloud", c.height, c.width, seed=scene.seed)
    band = np.clip(1.25 - t, 0.15, 1)[:, None]
    veil = np.clip(drift * 1.6 - 0.15, 0, 1) * band * (0.2 if light.lamps else 0.5)
    cloud = np.asarray(mix(light.haze, light.key, 0.5), dtype=np.float32)
    c.pixels += (cloud - c.pixels) * veil[..., None].astype(np.float32)
    if light.lamps:
        for x, y, size in rng.random((70, 3)):
            c.glow(x * c.width, y * horizon * 0.8, 1.2 + 2.2 * size, (1, 1, 1), 0.95)
    side = 0.5 + 0.32 * np.sign(light.direction[0]) * rng.uniform(0.55, 1.0)
    sun = (c.width * side, max(horizon * light.sun_height * 1.6, c.height * 0.1))
    radius = c.unit * (0.036 if light.lamps else 0.048)
    c.glow(*sun, c.unit * 0.75, light.sun, 0.42)
    c.glow(*sun, c.unit * 0.2, light.sun, 0.55)
    c.paint(c.mask(ellipse(*sun, radius, radius)), Paint(light.sun, lit=False, opacity=0.95))
    _clouds(c, rng, horizon)


def _clouds(c: Canvas, rng: np.random.Generator, horizon: float) -> None:
    bright = mix(c.light.haze, c.light.key, 0.65)
    under = mix(c.light.haze, c.light.shade, 0.32)
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.uniform(0, c.width), rng.uniform(0.12, 0.6) * horizon
        size = c.unit * rng.uniform(0.045, 0.085)
        puffs = [ellipse(x, y, size * 2.3, size * 0.34)]
        for dx in np.linspace(-1.6, 1.6, 8):
            r = size * rng.uniform(0.4, 0.62) * (1.25 - 0.35 * abs(dx))
            puffs.append(ellipse(x + dx * size, y - r * 0.55, r * 1.1, r * 0.85))
        c.paint(c.soft_mask(*puffs, blur=size * 0.2), Paint(under, lit=c.light.lamps, opacity=0.4))
        tops = [[(px - size * 0.1, py - size * 0.14) for px, py in puff] for puff in puffs[1:]]
        tone = Paint(bright, to=under, lit=c.light.lamps, opacity=0.8, texture=0.05)
        c.paint(c.soft_mask(*tops, blur=size * 0.11), tone)


def ridge(c: Canvas, y: float, amplitude: float, colour: RGB, *, seed: int) -> None:
    """Paint a line of hills from a mean height down to the bottom."""
    line = y + wavy(90, seed=seed, octaves=4) * amplitude
    c.fill(
        below(line, c.width, c.height + 2),
        lighter(colour, 0.07),
        to=darker(colour, 0.2),
        texture=0.09,
        grain="cloud",
        bevel=0.1,
        seed=seed,
    )


def far_hills(c: Canvas, scene: Scene, horizon: float, near: RGB, layers: int = 3) -> None:
    """Paint receding hills, each nearer one darker and clearer, with mist between them."""
    for k in range(layers):
        depth = (k + 1) / (layers + 1)
        tone = mix(c.light.haze, near, 0.16 + 0.6 * depth)
        if c.light.lamps:
            tone = lighter(tone, 0.25)
        y = horizon - c.height * (0.15 - 0.15 * depth)
        ridge(c, y, c.height * (0.12 - 0.06 * depth), tone, seed=scene.seed * 11 + k)
        c.haze(
            c.light.haze,
            top=y + c.height * 0.02,
            bottom=y + c.height * 0.2,
            strength=0.42 if not c.light.lamps else 0.22,
        )


def meadow(c: Canvas, scene: Scene, y: float, colour: RGB, *, blades: bool = True) -> None:
    """Paint rolling ground from a height down to the bottom, with tufts in front."""
    rng = np.random.default_rng(scene.seed + 5)
    for k in range(3):
        tone = mix(lighter(colour, 0.12), darker(colour, 0.14), k / 2)
        top = y + (c.height - y) * 0.3 * k
        line = top + wavy(70, seed=scene.seed * 7 + k, octaves=3) * c.height * 0.03
        c.fill(
            below(line, c.width, c.height + 2),
            lighter(tone, 0.1),
            to=darker(tone, 0.16),
            texture=0.13,
            grain="brush",
            bevel=0.15,
            seed=scene.seed + k,
        )
    if not blades:
        return
    tufts = []
    for x, depth in rng.random((90, 2)):
        gy = y + (c.height - y) * (0.3 + 0.7 * depth)
        h = c.unit * (0.012 + 0.03 * depth)
        lean = (rng.random() - 0.5) * h
        cx = x * c.width
        tufts.append([(cx - h * 0.1, gy), (cx + lean, gy - h), (cx + h * 0.1, gy)])
    c.paint(c.mask(*tufts), Paint(darker(colour, 0.3), opacity=0.55))
    blooms = [
        ellipse(x * c.width, y + (c.height - y) * (0.4 + 0.6 * d), 1.3 + 2.2 * d, 1.1 + 1.8 * d)
        for x, d in rng.random((26, 2))
    ]
    c.paint(c.mask(*blooms), Paint(lighter(colour, 0.75), opacity=0.8))


def water(c: Canvas, scene: Scene, top: float, bottom: float, colour: RGB) -> None:
    """Paint water that mirrors what is already drawn above it, in ripples."""
    y0, y1 = int(top), min(int(bottom), c.height)
    depth = np.arange(y1 - y0, dtype=np.float32)
    grain = textures.crop("brush", y1 - y0, c.width, seed=scene.seed + 3)
    rows = np.clip(y0 - 1 - depth * 0.9, 0, y0 - 1).astype(int)
    shift = (grain * (2.5 + depth[:, None] * 0.06)).astype(int)
    columns = np.clip(np.arange(c.width)[None, :] + shift, 0, c.width - 1)
    mirrored = c.pixels[rows[:, None], columns]
    plain = np.asarray(colour, dtype=np.float32) * np.asarray(c.light.ambient, dtype=np.float32)
    share = (0.66 - 0.4 * depth / max(len(depth), 1))[:, None, None]
    blended = mirrored * share + plain * (1 - share)
    c.pixels[y0:y1] = blended * (1 + 0.13 * grain[..., None])
    glints = np.clip(grain * 1.5 - 0.75, 0, 1)[..., None] * 0.5
    c.pixels[y0:y1] += (np.asarray(c.light.key, dtype=np.float32) - c.pixels[y0:y1]) * glints
