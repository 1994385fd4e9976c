"""A scene in, pixels out."""

from functools import lru_cache

import numpy as np

from demo.pictures.canvas import Canvas
from demo.pictures.colour import LIGHTS
from demo.pictures.film import develop
from demo.pictures.scene import Scene
from demo.pictures.scenes.families import FAMILIES
from demo.pictures.things.registry import KINDS


@lru_cache(maxsize=3)
def _backdrop(family: str, size: tuple[int, int], seed: int, time: str, colour: str) -> Canvas:
    """Draw everything behind the things. Kept, as most edits of a scene leave it alone."""
    scene = Scene(family, size, seed, time, (), backdrop=colour)
    canvas = Canvas(size, LIGHTS[time])
    FAMILIES[family].draw(canvas, scene)
    return canvas


def render(scene: Scene) -> np.ndarray:
    """Return the picture, (height, width, 3) uint8; the same scene gives the same bytes."""
    family = FAMILIES[scene.family]
    time = "evening" if family.indoors and scene.time == "night" else scene.time
    backdrop = _backdrop(scene.family, scene.size, scene.seed, time, scene.backdrop)
    canvas = Canvas(scene.size, LIGHTS[time])
    canvas.pixels = backdrop.pixels.copy()
    order = {slot.name: index for index, slot in enumerate(family.slots)}
    for thing in sorted(scene.things, key=lambda t: order.get(t.slot, len(order))):
        KINDS[thing.kind].painter(canvas, thing)
    return develop(canvas, weather=scene.weather, style=scene.style, seed=scene.seed)
