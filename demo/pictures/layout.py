"""Source pictures: which scene, when, and what stands where."""

import numpy as np

from demo.pictures.colour import NAMED
from demo.pictures.scene import Scene, Slot, Thing
from demo.pictures.scenes.families import FAMILIES
from demo.pictures.things.registry import KINDS

TIMES = ("morning", "day", "sunset", "night")
# Most pictures are taken in good light; night is mostly what an instruction asks for.
CHANCES = (0.37, 0.4, 0.2, 0.03)


def a_thing(slot: Slot, kind: str, colour: str, seed: int) -> Thing:
    return Thing(kind, colour, slot.name, slot.x, slot.y, slot.size * KINDS[kind].scale, seed)


def free_colours(scene: Scene) -> list[str]:
    """Return the colours that neither a thing nor the backdrop has."""
    used = {t.colour for t in scene.things} | {scene.backdrop}
    return [colour for colour in NAMED if colour not in used]


def free_slots(scene: Scene) -> list[Slot]:
    used = {t.slot for t in scene.things}
    return [slot for slot in FAMILIES[scene.family].slots if slot.name not in used]


def _fitting(rng: np.random.Generator, kind: str, used: set[str]) -> str:
    """Return a colour for a kind, one that nothing else has where possible."""
    options = [c for c in KINDS[kind].colours if c not in used] or list(KINDS[kind].colours)
    return str(rng.choice(options))


def make_source(index: int, seed: int) -> Scene:
    """Return the scene of the item with this index."""
    rng = np.random.default_rng([seed, index])
    family_name = list(FAMILIES)[index % len(FAMILIES)]
    family = FAMILIES[family_name]
    size = family.sizes[int(rng.integers(len(family.sizes)))]
    time = str(rng.choice(TIMES, p=CHANCES))
    backdrop = str(rng.choice(list(NAMED))) if family.indoors else ""
    left_free = int(rng.integers(len(family.slots)))
    used, things, kinds = {backdrop}, [], set()
    for n, slot in enumerate(family.slots):
        if n == left_free:
            continue
        fresh = [k for k in slot.kinds if k not in kinds] or list(slot.kinds)
        kind = str(rng.choice(fresh))
        colour = _fitting(rng, kind, used)
        things.append(a_thing(slot, kind, colour, int(rng.integers(1_000_000))))
        used.add(colour)
        kinds.add(kind)
    return Scene(
        family_name, size, seed % 1000 * 1000 + index, time, tuple(things), backdrop=backdrop
    )
