"""Geometry of the curves on the run page. The style sheet sets colours and fonts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 26


@dataclass(frozen=True)
class Tick:
    """A labelled position on an axis, in SVG units."""

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
    ticks = round_ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]

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
        y_ticks=[Tick(y(value), f"{value:g}") for value in ticks],
        reference=None if reference is None else y(reference),
    )


def round_ticks(low: float, high: float) -> list[float]:
    """Return 2 to 6 round numbers, evenly spaced, from at most low to at least high."""
    rough = max((high - low) / 4, 1e-3)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    # Tolerance against rounding: 0.7 / 0.1 is a little below 7.
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, max(last, first + 1) + 1)]
