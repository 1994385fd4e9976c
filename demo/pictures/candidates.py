"""One candidate's pixels: an outcome of the edit, with a generator's faults on it."""

import numpy as np
from PIL import Image, ImageFilter

from demo.pictures.edits import Edit
from demo.pictures.faults import FAULTS, Region, drifted
from demo.pictures.generators import Plan
from demo.pictures.render import render
from demo.pictures.scene import Scene


def changed_region(before: np.ndarray, after: np.ndarray, rng: np.random.Generator) -> Region:
    """Return the box of what differs between two pictures; a random box where little does."""
    height, width, _ = before.shape
    difference = np.abs(before.astype(np.int16) - after.astype(np.int16)).max(axis=2) > 24
    rows, columns = np.flatnonzero(difference.any(axis=1)), np.flatnonzero(difference.any(axis=0))
    share = (rows[-1] - rows[0]) * (columns[-1] - columns[0]) / (height * width) if len(rows) else 0
    if 0.015 < share < 0.5:
        return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    h, w = height * rng.uniform(0.3, 0.45), width * rng.uniform(0.3, 0.45)
    top, left = rng.uniform(0.05, 0.5) * height, rng.uniform(0.05, 0.5) * width
    return int(top), int(left), int(top + h), int(left + w)


def halfway(before: np.ndarray, after: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the edit done on one side only of what it should change."""
    height, width, _ = before.shape
    weight = np.abs(before.astype(np.float32) - after.astype(np.float32)).sum(axis=2)
    along = weight.sum(axis=0)
    middle = int(np.searchsorted(np.cumsum(along), along.sum() / 2))
    mask = Image.new("L", (width, height))
    mask.paste(255, (0, 0, middle, height) if rng.random() < 0.5 else (middle, 0, width, height))
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(width * 0.012)), dtype=np.float32) / 255
    out: np.ndarray = before + (after.astype(np.float32) - before) * soft[..., None]
    return out


class Item:
    """A source and its edit; each outcome is rendered at most once."""

    def __init__(self, source: Scene, edit: Edit) -> None:
        self.edit = edit
        self.source = render(source)
        self._done: dict[str, np.ndarray] = {"none": self.source}

    def outcome(self, name: str, rng: np.random.Generator) -> np.ndarray:
        """Return the pixels, (height, width, 3), of one outcome before any fault."""
        if name == "partial":
            return halfway(self.source, self.outcome("right", rng), rng)
        if name not in self._done:
            scenes = {
                "right": self.edit.right,
                "over": self.edit.over,
                "otherwise": self.edit.otherwise,
                "elsewhere": self.edit.elsewhere,
            }
            self._done[name] = render(scenes[name])
        return self._done[name]

    def candidate(self, plan: Plan, rng: np.random.Generator) -> Image.Image:
        """Return the picture that a plan describes."""
        plain = self.outcome(plan.outcome, rng)
        region = changed_region(self.source, np.asarray(plain, dtype=np.uint8), rng)
        pixels = drifted(np.asarray(plain, dtype=np.float32) / 255, rng, plan.drift)
        for name, severity in plan.faults:
            pixels = FAULTS[name](pixels, region, severity, rng)
        return Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8))
