"""Instructions in the words people use, varied."""

import numpy as np

from demo.pictures.scene import Scene, Thing
from demo.pictures.scenes.families import FAMILIES
from demo.pictures.things.registry import KINDS

PHRASES: dict[str, tuple[str, ...]] = {
    "colour": (
        "Make the {thing} {colour}.",
        "Change the colour of the {thing} to {colour}.",
        "Turn the {thing} {colour}",
        "Paint the {thing} {colour}.",
        "I'd like the {thing} to be {colour} instead.",
        "Recolour the {thing} in {colour}, leave the rest as it is.",
        "Can you make the {thing} {colour}?",
    ),
    "add": (
        "Add {thing} {where}.",
        "Put {thing} {where}.",
        "Place {thing} {where}, in the same style.",
        "There should be {thing} {where}.",
        "Insert {thing} {where}",
    ),
    "remove": (
        "Remove the {thing}.",
        "Take the {thing} out of the picture.",
        "Erase the {thing} and fill in what is behind it.",
        "Get rid of the {thing}",
        "Show the same scene without the {thing}.",
    ),
    "replace": (
        "Replace the {thing} with {other}.",
        "Swap the {thing} for {other}.",
        "Instead of the {thing}, show {other}.",
        "Turn the {thing} into {other}.",
    ),
    "wall": (
        "Paint the wall {colour}.",
        "Make the wall {colour}.",
        "Change the background wall to {colour}.",
        "Give the room a {colour} wall, nothing else changes.",
    ),
    "time": (
        "Change the time of day to {time}.",
        "Make it {time}.",
        "Show the same place at {time}.",
        "Turn this into a picture taken at {time}.",
    ),
    "snow": (
        "Cover the scene in snow.",
        "Make it winter, with falling snow.",
        "Let it snow.",
    ),
    "fog": (
        "Add thick fog.",
        "Make it a foggy day.",
        "Let fog cover the background.",
    ),
    "rain": ("Make it rain.", "Turn it into a rainy day.", "Add heavy rain."),
    "mono": (
        "Turn it into a black and white photo.",
        "Make the picture black and white.",
    ),
    "sepia": (
        "Give it the sepia look of an old photo.",
        "Turn it into an old sepia photo.",
    ),
    "poster": (
        "Make it look like a screen-printed poster.",
        "Turn it into a poster with a few strong colours.",
    ),
}
# Times of day as people call them.
SPOKEN = {"morning": "dawn", "day": "midday", "sunset": "sunset", "night": "night"}


def phrase(rng: np.random.Generator, kind: str, **words: str) -> str:
    """Return one of the phrases of a kind, filled in."""
    options = PHRASES[kind]
    text = options[int(rng.integers(len(options)))].format(**words)
    return text[0].upper() + text[1:]


def described(kind: str, colour: str) -> str:
    """Return a new thing in words, with its article: "an orange kite", "a plant in a red pot"."""
    if KINDS[kind].phrase:
        return KINDS[kind].phrase.format(colour=f"{_article(colour)} {colour}", plain=colour)
    return f"{_article(colour)} {colour} {kind}"


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def named(scene: Scene, thing: Thing, rng: np.random.Generator, *, part: bool = False) -> str:
    """Return the words that point at one thing of a scene, without the article."""
    twins = [t for t in scene.things if t.kind == thing.kind]
    kind = KINDS[thing.kind]
    noun = thing.kind
    if part and kind.part:
        if len(twins) == 1:
            return kind.part
        noun = kind.part
    if len(twins) == 1:
        return f"{thing.colour} {noun}" if not kind.part and rng.random() < 0.5 else noun
    if sum(t.colour == thing.colour for t in twins) == 1:
        return f"{thing.colour} {noun}"
    slot = next(s for s in FAMILIES[scene.family].slots if s.name == thing.slot)
    return f"{noun} {slot.where}"
