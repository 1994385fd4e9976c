"""A painter's canvas: antialiased masks, lit fills, soft shadows, glow, haze and film grain."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from demo.pictures import textures
from demo.pictures.colour import RGB, Light
from demo.pictures.shapes import Outline, ellipse

# Masks are drawn this many times larger and averaged down.
OVERSAMPLING = 3
# Pixels of a mask above which its edges are lit at a third of the resolution.
LARGE = 40_000


@dataclass(frozen=True)
class Mask:
    """Coverage (height, width) within 0 and 1 of a window whose corner is (left, top)."""

    left: int
    top: int
    alpha: np.ndarray

    @property
    def empty(self) -> bool:
        return self.alpha.size == 0


@dataclass(frozen=True)
class Paint:
    """How a surface looks.

    to: the colour at the far end of a gradient that runs along `angle` (degrees, 90 = downwards).
    form: flat, round (a ball) or tube (an upright cylinder). shine: strength of the highlight.
    bevel: how much the edges catch the light. lit: False for what glows by itself.
    """

    colour: RGB
    to: RGB | None = None
    angle: float = 90.0
    form: str = "flat"
    shine: float = 0.0
    texture: float = 0.0
    grain: str = "cloud"
    bevel: float = 0.0
    opacity: float = 1.0
    lit: bool = True
    seed: int = 0


def blurred(alpha: np.ndarray, radius: float) -> np.ndarray:
    """Return a Gaussian blur of values within 0 and 1."""
    image = Image.fromarray((alpha * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255


class Canvas:
    """An image in the making, (height, width, 3) floats, under one light."""

    def __init__(self, size: tuple[int, int], light: Light) -> None:
        self.width, self.height = size
        self.light = light
        self.pixels = np.zeros((self.height, self.width, 3), dtype=np.float32)

    @property
    def unit(self) -> float:
        """The length, in pixels, that sizes are shares of."""
        return float(min(np.sqrt(self.width * self.height), self.width))

    def mask(self, *outlines: Outline, holes: tuple[Outline, ...] = (), pad: int = 0) -> Mask:
        """Return the coverage of some outlines together, less the holes."""
        xs = [x for outline in outlines for x, _ in outline]
        ys = [y for outline in outlines for _, y in outline]
        left, right = max(int(min(xs)) - 1 - pad, 0), min(int(max(xs)) + 2 + pad, self.width)
        top, bottom = max(int(min(ys)) - 1 - pad, 0), min(int(max(ys)) + 2 + pad, self.height)
        if right <= left or bottom <= top:
            return Mask(0, 0, np.zeros((0, 0), dtype=np.float32))
        s = OVERSAMPLING
        image = Image.new("L", ((right - left) * s, (bottom - top) * s))
        draw = ImageDraw.Draw(image)
        for outline, fill in [*((o, 255) for o in outlines), *((o, 0) for o in holes)]:
            draw.polygon([((x - left) * s, (y - top) * s) for x, y in outline], fill=fill)
        return Mask(left, top, np.asarray(image.reduce(s), dtype=np.float32) / 255)

    def soft_mask(self, *outlines: Outline, blur: float) -> Mask:
        """Return the coverage of some outlines with edges that fade over `blur` pixels."""
        mask = self.mask(*outlines, pad=int(2 * blur) + 2)
        return mask if mask.empty else Mask(mask.left, mask.top, blurred(mask.alpha, blur))

    def paint(self, mask: Mask, paint: Paint) -> None:
        """Lay a surface on the canvas where the mask covers it."""
        if mask.empty:
            return
        height, width = mask.alpha.shape
        colour = self._colours(height, width, paint)
        if paint.lit:
            colour = colour * np.asarray(self.light.ambient, dtype=np.float32)
        if paint.form != "flat":
            colour = self._modelled(colour, height, width, paint)
        if paint.texture:
            grain = textures.crop(paint.grain, height, width, seed=paint.seed + mask.left)
            colour = colour * (1 + paint.texture * grain[..., None])
        if paint.bevel:
            colour = self._bevelled(colour, mask.alpha, paint.bevel)
        window = self._window(mask)
        alpha = (mask.alpha * paint.opacity)[..., None]
        window += (colour - window) * alpha

    def fill(self, outline: Outline, colour: RGB, **look: object) -> Mask:
        """Paint one outline and return its mask, for its shadow or for details on it."""
        mask = self.mask(outline)
        self.paint(mask, Paint(colour, **look))  # type: ignore[arg-type]
        return mask

    def shadow(
        self, outline: Outline, *, blur: float, opacity: float, dx: float = 0.0, dy: float = 0.0
    ) -> None:
        """Darken where the outline, moved and blurred, falls."""
        moved = [(x + dx, y + dy) for x, y in outline]
        mask = self.mask(moved, pad=int(2.5 * blur) + 1)
        if mask.empty:
            return
        soft = blurred(mask.alpha, blur)[..., None] * opacity
        window = self._window(mask)
        shade = np.asarray(self.light.shade, dtype=np.float32)
        window *= 1 - soft * (1 - shade * 0.7)

    def contact(self, cx: float, y: float, half_width: float, *, opacity: float = 0.5) -> None:
        """Ground a thing: a soft pool of shade where it stands, drawn away from the light."""
        lean = -self.light.direction[0] * half_width * 0.45
        wide = ellipse(cx + lean, y, half_width * 1.25, half_width * 0.2)
        self.shadow(wide, blur=half_width * 0.16, opacity=opacity * 0.75)
        self.shadow(
            ellipse(cx, y, half_width * 0.95, half_width * 0.09),
            blur=max(half_width * 0.06, 1.0),
            opacity=opacity,
        )

    def glow(self, cx: float, cy: float, radius: float, colour: RGB, strength: float) -> None:
        """Add light that falls off with the distance from a point."""
        left, right = max(int(cx - radius), 0), min(int(cx + radius) + 1, self.width)
        top, bottom = max(int(cy - radius), 0), min(int(cy + radius) + 1, self.height)
        if right <= left or bottom <= top:
            return
        ys, xs = np.ogrid[top:bottom, left:right]
        near = 1 - np.sqrt((xs - cx) ** 2 + (ys - cy) ** 2) / radius
        fall = (np.clip(near, 0, 1) ** 2.2 * strength).astype(np.float32)[..., None]
        window = self.pixels[top:bottom, left:right]
        window += (1 - np.clip(window, 0, 1)) * fall * np.asarray(colour, dtype=np.float32)

    def haze(self, colour: RGB, *, top: float, bottom: float, strength: float) -> None:
        """Lay mist over a band of the canvas, densest in its middle, in drifts."""
        y0, y1 = max(int(top), 0), min(int(bottom), self.height)
        if y1 <= y0:
            return
        bell = np.sin(np.linspace(0, np.pi, y1 - y0, dtype=np.float32)).clip(0, 1) ** 1.5
        drift = textures.crop("cloud", y1 - y0, self.width, seed=int(top) + 7)
        amount = np.clip(bell[:, None] * (1 + 0.45 * drift) * strength, 0, 1)[..., None]
        window = self.pixels[y0:y1]
        window += (np.asarray(colour, dtype=np.float32) - window) * amount

    def _window(self, mask: Mask) -> np.ndarray:
        height, width = mask.alpha.shape
        return self.pixels[mask.top : mask.top + height, mask.left : mask.left + width]

    def _colours(self, height: int, width: int, paint: Paint) -> np.ndarray:
        """Return the flat colour or gradient, in a shape that broadcasts to the window's."""
        start = np.asarray(paint.colour, dtype=np.float32)
        if paint.to is None:
            return start[None, None, :]
        if paint.angle == 90.0:
            # Straight down: one column says it all.
            down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
            graded: np.ndarray = start + (np.asarray(paint.to, dtype=np.float32) - start) * down
            return graded
        x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]
        y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
        angle = np.radians(paint.angle)
        along = np.clip(x * np.cos(angle) + y * np.sin(angle) + 0.5, 0, 1)[..., None]
        out: np.ndarray = start + (np.asarray(paint.to, dtype=np.float32) - start) * along
        return out

    def _modelled(self, colour: np.ndarray, height: int, width: int, paint: Paint) -> np.ndarray:
        """Shade as a ball or an upright tube that fills the window."""
        x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        y = y if paint.form == "round" else np.zeros_like(y)
        z = np.sqrt(np.clip(1 - x * x - y * y, 0.02, 1))
        lx, ly = self.light.direction
        lz = 0.75
        length = (lx * lx + ly * ly + lz * lz) ** 0.5
        lambert = (x * lx + y * ly + z * lz) / length
        level = np.clip(0.62 + 0.46 * lambert, 0.3, 1.12)[..., None]
        cool = np.asarray(self.light.shade, dtype=np.float32) * 0.25
        out: np.ndarray = colour * level + cool * (1 - level).clip(0, 1)
        if paint.shine:
            spot = np.clip((x * lx + y * ly) / length * 0.9 + z * 0.78, 0, 1) ** 26
            out = out + spot[..., None] * paint.shine * np.asarray(self.light.key, dtype=np.float32)
        return out

    def _bevelled(self, colour: np.ndarray, alpha: np.ndarray, strength: float) -> np.ndarray:
        """Lighten edges that face the light and darken the others, from the slope of the mask."""
        height, width = alpha.shape
        radius = float(np.clip(min(height, width) * 0.07, 1.2, 9))
        step = 3 if alpha.size > LARGE else 1
        edge = int(radius * 2 / step) + 1
        soft = blurred(np.pad(alpha[::step, ::step], edge), radius / step)
        dy, dx = np.gradient(soft)
        rows, columns = -(-height // step), -(-width // step)
        inner = np.s_[edge : edge + rows, edge : edge + columns]
        lx, ly = self.light.direction
        slope = np.clip(-(dx[inner] * lx + dy[inner] * ly) * radius * 2.2 / step, -1, 1)
        if step > 1:
            image = Image.fromarray(slope).resize((width, height), Image.Resampling.BILINEAR)
            slope = np.asarray(image)
        slope = slope[..., None]
        key = np.asarray(self.light.key, dtype=np.float32)
        shade = np.asarray(self.light.shade, dtype=np.float32)
        up, down = np.clip(slope, 0, 1) * strength, np.clip(-slope, 0, 1) * strength
        out: np.ndarray = colour + (key - colour) * up + (shade - colour) * down
        return out
