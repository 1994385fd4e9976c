"""The kinds of scene there are: how each is drawn and where things may stand in it."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.pictures.canvas import Canvas
from demo.pictures.scene import Scene, Slot
from demo.pictures.scenes import indoors, outdoors, street

LANDSCAPE, SQUARE, PORTRAIT = (672, 504), (576, 576), (504, 672)


@dataclass(frozen=True)
class Family:
    draw: Callable[[Canvas, Scene], None]
    slots: tuple[Slot, ...]
    indoors: bool
    sizes: tuple[tuple[int, int], ...] = (LANDSCAPE, SQUARE, PORTRAIT)


FAMILIES: dict[str, Family] = {
    "hills": Family(outdoors.hills, outdoors.HILLS, indoors=False),
    "shelf": Family(indoors.shelf, indoors.SHELF, indoors=True),
    "harbour": Family(outdoors.harbour, outdoors.HARBOUR, indoors=False),
    "room": Family(indoors.room, indoors.ROOM, indoors=True, sizes=(LANDSCAPE, SQUARE)),
    "street": Family(street.street, street.STREET, indoors=False, sizes=(LANDSCAPE, SQUARE)),
    "desk": Family(indoors.desk, indoors.DESK, indoors=True, sizes=(LANDSCAPE, SQUARE)),
    "beach": Family(outdoors.beach, outdoors.BEACH, indoors=False),
    "park": Family(outdoors.park, outdoors.PARK, indoors=False),
    "desert": Family(outdoors.desert, outdoors.DESERT, indoors=False),
}
