"""What a picture shows, as data: an edit is a change of this data, drawn again."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from demo.pictures.canvas import Canvas
from demo.pictures.colour import RGB, varied


@dataclass(frozen=True)
class Thing:
    """One object of a picture.

    x and y say where it stands (its foot, or the middle of what hangs or flies), as shares of the
    picture; size is its height as a share of the canvas unit.
    """

    kind: str
    colour: str
    slot: str
    x: float
    y: float
    size: float
    seed: int
    # A colour without a name, for what only fills the backdrop.
    tint: RGB | None = None

    @property
    def paint(self) -> RGB:
        return self.tint or varied(self.colour, self.seed)

    def on(self, canvas: Canvas) -> tuple[float, float, float]:
        """Return x, y and size in pixels."""
        return self.x * canvas.width, self.y * canvas.height, self.size * canvas.unit


@dataclass(frozen=True)
class Slot:
    """A slot of a scene, and the kinds of thing that may stand in it."""

    name: str
    where: str
    x: float
    y: float
    size: float
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """A whole picture. backdrop: the colour name of the wall or ground that may be repainted."""

    family: str
    size: tuple[int, int]
    seed: int
    time: str
    things: tuple[Thing, ...]
    weather: str = "clear"
    style: str = "plain"
    backdrop: str = ""
    extra: dict[str, float] = field(default_factory=dict, hash=False)

    def thing(self, slot: str) -> Thing:
        return next(t for t in self.things if t.slot == slot)

    def without(self, slot: str) -> "Scene":
        return replace(self, things=tuple(t for t in self.things if t.slot != slot))

    def with_thing(self, thing: Thing) -> "Scene":
        """Return the scene with a thing added, or put into its slot instead of what stood there."""
        rest = self.without(thing.slot).things
        return replace(self, things=(*rest, thing))


Painter = Callable[[Canvas, Thing], None]
