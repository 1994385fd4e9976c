"""Instructions, and what the picture becomes when they are followed, missed or overdone."""

from dataclasses import dataclass, replace

import numpy as np

from demo.pictures.layout import TIMES, a_thing, free_colours, free_slots
from demo.pictures.scene import Scene, Thing
from demo.pictures.scenes.families import FAMILIES
from demo.pictures.things.registry import KINDS, PLAIN
from demo.pictures.wording import SPOKEN, described, named, phrase

WEATHERS = ("snow", "fog", "rain")
STYLES = ("mono", "sepia", "poster")


@dataclass(frozen=True)
class Edit:
    """An instruction for a scene, with the scene it asks for and the ways to miss it.

    right: the edit as asked. elsewhere: done to something else. otherwise: done to the right
    thing, but wrongly. over: done, and more besides.
    """

    category: str
    instruction: str
    right: Scene
    elsewhere: Scene
    otherwise: Scene
    over: Scene


def _pick(rng: np.random.Generator, options: list[str] | tuple[str, ...]) -> str:
    return str(options[int(rng.integers(len(options)))])


def _recoloured(scene: Scene, thing: Thing, colour: str) -> Scene:
    changed = replace(thing, colour=colour)
    return replace(scene, things=tuple(changed if t == thing else t for t in scene.things))


def _others(scene: Scene, thing: Thing | None) -> list[Thing]:
    return [t for t in scene.things if t != thing and t.kind not in PLAIN]


def overdone(scene: Scene, rng: np.random.Generator, *, keep: str = "") -> Scene:
    """Return the scene with other things changed that nobody asked to change.

    keep: the slot that the instruction is about, which stays as it is.
    """
    rest = [t for t in scene.things if t.slot != keep]
    for thing in rest:
        colours = [c for c in KINDS[thing.kind].colours if c != thing.colour]
        if colours and rng.random() < 0.75:
            scene = _recoloured(scene, thing, _pick(rng, colours))
    if scene.backdrop and rng.random() < 0.45:
        return replace(scene, backdrop=_pick(rng, free_colours(scene) or ["white"]))
    if not scene.backdrop and rng.random() < 0.4:
        times = [t for t in TIMES if t != scene.time]
        return replace(scene, time=_pick(rng, times))
    if rest:
        return scene.without(rest[int(rng.integers(len(rest)))].slot)
    return replace(scene, style="poster")


def colour_change(scene: Scene, rng: np.random.Generator) -> Edit | None:
    targets = [t for t in _others(scene, None) if len(KINDS[t.kind].colours) > 2]
    if len(targets) < 2:
        return None
    thing = targets[int(rng.integers(len(targets)))]
    fitting = [c for c in free_colours(scene) if c in KINDS[thing.kind].colours]
    if len(fitting) < 2:
        return None
    new, wrong = (str(c) for c in rng.permutation(fitting)[:2])
    other = [t for t in targets if t != thing][int(rng.integers(len(targets) - 1))]
    right = _recoloured(scene, thing, new)
    return Edit(
        "colour",
        phrase(rng, "colour", thing=named(scene, thing, rng, part=True), colour=new),
        right,
        _recoloured(scene, other, new),
        _recoloured(scene, thing, wrong),
        overdone(right, rng, keep=thing.slot),
    )


def addition(scene: Scene, rng: np.random.Generator) -> Edit | None:
    slots = free_slots(scene)
    if not slots:
        return None
    slot = slots[int(rng.integers(len(slots)))]
    present = {t.kind for t in scene.things}
    kinds = [k for k in slot.kinds if k not in present] or list(slot.kinds)
    kind = _pick(rng, kinds)
    fitting = [c for c in free_colours(scene) if c in KINDS[kind].colours]
    if not fitting:
        return None
    colour = _pick(rng, fitting)
    thing = a_thing(slot, kind, colour, int(rng.integers(1_000_000)))
    right = scene.with_thing(thing)
    others = [c for c in KINDS[kind].colours if c != colour]
    if others:
        otherwise = scene.with_thing(replace(thing, colour=_pick(rng, others)))
    else:
        otherwise = scene.with_thing(replace(thing, x=1 - thing.x, size=thing.size * 0.6))
    stranger = _stranger(rng, scene.family, kind)
    elsewhere = scene.with_thing(a_thing(slot, stranger, _pick(rng, KINDS[stranger].colours), 7))
    text = phrase(rng, "add", thing=described(kind, colour), where=slot.where)
    return Edit("add", text, right, elsewhere, otherwise, overdone(right, rng, keep=slot.name))


def _stranger(rng: np.random.Generator, family: str, kind: str) -> str:
    """Return another kind that belongs in such a scene."""
    kinds = {k for slot in FAMILIES[family].slots for k in slot.kinds} - {kind}
    return _pick(rng, sorted(kinds))


def removal(scene: Scene, rng: np.random.Generator) -> Edit | None:
    thing = scene.things[int(rng.integers(len(scene.things)))]
    others = [t for t in scene.things if t != thing]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    colours = [c for c in free_colours(scene) if c in KINDS[thing.kind].colours]
    right = scene.without(thing.slot)
    if colours:
        otherwise = _recoloured(scene, thing, _pick(rng, colours))
    else:
        shrunk = replace(thing, size=thing.size * 0.6)
        otherwise = scene.with_thing(shrunk)
    text = phrase(rng, "remove", thing=named(scene, thing, rng))
    return Edit("remove", text, right, scene.without(other.slot), otherwise, overdone(right, rng))


def replacement(scene: Scene, rng: np.random.Generator) -> Edit | None:
    slots = {s.name: s for s in FAMILIES[scene.family].slots}
    present = {t.kind for t in scene.things}
    things = [t for t in scene.things if set(slots[t.slot].kinds) - present]
    if not things:
        return None
    thing = things[int(rng.integers(len(things)))]
    slot = slots[thing.slot]
    kind = _pick(rng, sorted(set(slot.kinds) - present))
    fitting = [c for c in free_colours(scene) if c in KINDS[kind].colours]
    if not fitting:
        return None
    colour = _pick(rng, fitting)
    right = scene.with_thing(a_thing(slot, kind, colour, int(rng.integers(1_000_000))))
    others = [t for t in scene.things if t != thing]
    other = others[int(rng.integers(len(others)))]
    misplaced = a_thing(slots[other.slot], kind, colour, 11)
    stranger = _stranger(rng, scene.family, kind)
    otherwise = scene.with_thing(a_thing(slot, stranger, _pick(rng, KINDS[stranger].colours), 5))
    text = phrase(rng, "replace", thing=named(scene, thing, rng), other=described(kind, colour))
    return Edit(
        "replace",
        text,
        right,
        scene.with_thing(misplaced),
        otherwise,
        overdone(right, rng, keep=slot.name),
    )


def repainting(scene: Scene, rng: np.random.Generator) -> Edit | None:
    """Change the colour of the wall."""
    colours = free_colours(scene)
    targets = [t for t in _others(scene, None) if len(KINDS[t.kind].colours) > 2]
    if not scene.backdrop or len(colours) < 2 or not targets:
        return None
    new, wrong = (str(c) for c in rng.permutation(colours)[:2])
    right = replace(scene, backdrop=new)
    other = max(targets, key=lambda t: t.size)
    over = right
    for thing in targets:
        over = _recoloured(
            over, thing, _pick(rng, [c for c in KINDS[thing.kind].colours if c != thing.colour])
        )
    return Edit(
        "background",
        phrase(rng, "wall", colour=new),
        right,
        _recoloured(scene, other, new),
        replace(scene, backdrop=wrong),
        over,
    )


def _whole(
    scene: Scene, category: str, text: str, outcomes: tuple[Scene, Scene], rng: np.random.Generator
) -> Edit:
    """Put together an edit of the whole picture from (right, otherwise).

    Its miss repaints single things instead; overdone, things are lost on the way.
    """
    right, otherwise = outcomes
    targets = [t for t in _others(scene, None) if len(KINDS[t.kind].colours) > 2]
    elsewhere = scene
    for thing in targets[:2]:
        colours = [c for c in KINDS[thing.kind].colours if c != thing.colour]
        elsewhere = _recoloured(elsewhere, thing, _pick(rng, colours))
    over = right
    for thing in right.things[: max(len(right.things) - 1, 1)]:
        over = over.without(thing.slot)
    return Edit(category, text, right, elsewhere, otherwise, over)


def time_change(scene: Scene, rng: np.random.Generator) -> Edit | None:
    times = [t for t in TIMES if t != scene.time and {t, scene.time} != {"morning", "day"}]
    new = _pick(rng, times)
    wrong = _pick(rng, [t for t in TIMES if t not in {new, scene.time}])
    outcomes = replace(scene, time=new), replace(scene, time=wrong)
    return _whole(scene, "time of day", phrase(rng, "time", time=SPOKEN[new]), outcomes, rng)


def weather_change(scene: Scene, rng: np.random.Generator) -> Edit | None:
    if FAMILIES[scene.family].indoors:
        return None
    new, wrong = (str(w) for w in rng.permutation(WEATHERS)[:2])
    outcomes = replace(scene, weather=new), replace(scene, weather=wrong)
    return _whole(scene, "weather", phrase(rng, new), outcomes, rng)


def style_change(scene: Scene, rng: np.random.Generator) -> Edit | None:
    new, wrong = (str(s) for s in rng.permutation(STYLES)[:2])
    outcomes = replace(scene, style=new), replace(scene, style=wrong)
    return _whole(scene, "style", phrase(rng, new), outcomes, rng)


MAKERS = {
    "colour": colour_change,
    "add": addition,
    "remove": removal,
    "replace": replacement,
    "background": repainting,
    "time of day": time_change,
    "weather": weather_change,
    "style": style_change,
}
# One round of categories; a scene that cannot carry one takes the next.
ROUND = (
    "colour", "add", "time of day", "remove", "weather", "colour", "replace", "background",
    "colour", "style", "add", "time of day", "colour", "remove", "weather", "replace", "background",
)  # fmt: skip


# Only rooms have a wall to repaint, only the outdoors has weather.
INSTEAD = {"background": "weather", "weather": "background"}


def make_edit(scene: Scene, index: int, seed: int) -> Edit:
    """Return the edit of the item with this index."""
    for step in range(len(ROUND)):
        category = ROUND[(index + step) % len(ROUND)]
        rng = np.random.default_rng([seed, index, step])
        edit = MAKERS[category](scene, rng)
        if edit is None and category in INSTEAD:
            edit = MAKERS[INSTEAD[category]](scene, rng)
        if edit is not None and edit.right != scene:
            return edit
    raise AssertionError(f"no edit fits scene {scene.seed}")
