"""Geometry of the run page's curves; looks come from the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 26


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis, in SVG units."""

    at: float
    label: str


@dataclass(frozen=True)
class Curve:
    """One line: its number (the style's series), its name, and SVG points."""

    number: int
    name: str
    points: str
    end_x: float
    end_y: float


@dataclass(frozen=True)
class Chart:
    """Curves over epochs in one frame."""

    curves: list[Curve]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    reference: float | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    top: int = TOP


Series = tuple[str, Sequence[tuple[int, float]]]


def chart(
    series: Sequence[Series], *, n_epochs: int, reference: float | None = None
) -> Chart | None:
    """Return the frame and lines of (name, [(epoch, value), …]) series; None without a value.

    reference: a value to draw as a dashed line, inside the range of the axis.
    """
    values = [value for _, points in series for _, value in points]
    if not values:
        return None
    if reference is not None:
        values.append(reference)
    low, high = _padded(min(values), max(values))

    def x(epoch: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (epoch - 1) / max(n_epochs - 1, 1), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    curves = [
        Curve(
            number=number,
            name=name,
            points=" ".join(f"{x(epoch)},{y(value)}" for epoch, value in points),
            end_x=x(points[-1][0]),
            end_y=y(points[-1][1]),
        )
        for number, (name, points) in enumerate(series, 1)
        if points
    ]
    marks = sorted({1, round((1 + n_epochs) / 2), n_epochs})
    return Chart(
        curves=curves,
        x_ticks=[Tick(x(epoch), str(epoch)) for epoch in marks],
        y_ticks=[Tick(y(value), f"{value:.2f}") for value in (low, (low + high) / 2, high)],
        reference=None if reference is None else y(reference),
    )


def _padded(low: float, high: float) -> tuple[float, float]:
    pad = max((high - low) * 0.06, 0.005)
    return low - pad, high + pad
