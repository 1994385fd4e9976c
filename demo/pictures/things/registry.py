"""Every kind of thing that can be drawn: how, how big, and in which words."""

from dataclasses import dataclass

from demo.pictures.colour import NAMED
from demo.pictures.scene import Painter
from demo.pictures.things import belongings, furniture, growing, outdoor, vehicles, vessels

ANY = tuple(NAMED)
LEAVES = ("green", "orange", "yellow", "red", "pink")


@dataclass(frozen=True)
class Kind:
    """How a thing is drawn and called.

    scale: height in a slot that fits a bottle, a house or a sail. part: what carries the
    colour, where that is not the whole. colours: those it may have without looking odd.
    phrase: how a new one is asked for, where "a red mug" would not do.
    """

    painter: Painter
    scale: float = 1.0
    part: str = ""
    colours: tuple[str, ...] = ANY
    phrase: str = ""


KINDS: dict[str, Kind] = {
    "apple": Kind(vessels.apple, 0.85, colours=("red", "green", "yellow")),
    "ball": Kind(outdoor.ball, 0.6),
    "balloon": Kind(outdoor.balloon),
    "barn": Kind(outdoor.barn, 0.85),
    "bench": Kind(outdoor.bench, 0.75),
    "books": Kind(belongings.books, 0.85, phrase="a pile of {plain} books"),
    "bottle": Kind(vessels.bottle),
    "bowl": Kind(vessels.bowl, 0.55),
    "cactus": Kind(growing.cactus, colours=("green",)),
    "candle": Kind(vessels.candle, 1.25),
    "car": Kind(vehicles.car, 0.9),
    "cat": Kind(belongings.cat, colours=("orange", "white")),
    "clock": Kind(belongings.clock, 0.85, "frame of the clock"),
    "cushion": Kind(belongings.cushion, 0.75),
    "desk lamp": Kind(furniture.desk_lamp, 0.95),
    "house": Kind(vehicles.house),
    "jug": Kind(vessels.jug, 0.78),
    "kite": Kind(outdoor.kite, 0.85),
    "lamp": Kind(furniture.lamp, 1.0, "lamp shade", phrase="a lamp with {colour} shade"),
    "laptop": Kind(
        belongings.laptop, 0.85, "laptop screen", phrase="a laptop with {colour} screen"
    ),
    "lighthouse": Kind(
        outdoor.lighthouse,
        1.0,
        "stripes of the lighthouse",
        phrase="a lighthouse with {plain} stripes",
    ),
    "mug": Kind(vessels.mug, 0.8),
    "parasol": Kind(outdoor.parasol),
    "pear": Kind(vessels.pear, 0.95, colours=("green", "yellow", "red")),
    "picture": Kind(furniture.picture),
    "plant": Kind(furniture.plant, 0.95, "flower pot", phrase="a plant in {colour} pot"),
    "rug": Kind(furniture.rug),
    "sailboat": Kind(
        vehicles.sailboat, 1.0, "sails of the boat", phrase="a boat with {plain} sails"
    ),
    "sofa": Kind(furniture.sofa),
    "street lamp": Kind(vehicles.street_lamp, 1.1),
    "tent": Kind(outdoor.tent, 0.68),
    "tree": Kind(growing.tree, 1.0, "leaves of the tree", LEAVES, "a tree with {plain} leaves"),
    "van": Kind(vehicles.van, 0.8),
    "vase": Kind(vessels.vase),
}
# Kinds whose colour is too small a part of them to be the point of an edit.
PLAIN = frozenset({"plant", "clock", "street lamp", "cat", "cactus"})
