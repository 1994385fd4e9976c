"""Geometry of a control chart: a moving average between its limits. The style sheet colours it."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.charts.lines import Tick

WIDTH, HEIGHT = 860, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 22, 30
# More points than pixels cannot be seen.
MOST_POINTS = 400


@dataclass(frozen=True)
class Mark:
    """A vertical line with words: a new rubric version, or the answer that signalled."""

    at: float
    label: str
    kind: str


@dataclass(frozen=True)
class ControlChart:
    """SVG points of the average and of the band between its limits, all within one frame."""

    line: str
    band: str
    target: float
    marks: list[Mark]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    top: int = TOP


def control_chart(
    series: Sequence[float],
    limits: tuple[Sequence[float], Sequence[float]],
    *,
    target: float,
    marks: Sequence[tuple[int, str, str]] = (),
) -> ControlChart | None:
    """Return a chart of shares between 0 and 1, one per answer; None without an answer.

    limits: low and high, as long as the series. marks: (index of an answer, words, kind).
    """
    n = len(series)
    if n == 0:
        return None

    def x(index: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * index / max(n - 1, 1), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value), 1)

    shown = _thinned(n)
    low, high = limits
    upper = [f"{x(index)},{y(high[index])}" for index in shown]
    lower = [f"{x(index)},{y(low[index])}" for index in reversed(shown)]
    return ControlChart(
        line=" ".join(f"{x(index)},{y(series[index])}" for index in shown),
        band=" ".join(upper + lower),
        target=y(target),
        marks=[Mark(x(index), label, kind) for index, label, kind in marks],
        x_ticks=[Tick(x(index), str(index + 1)) for index in sorted({0, (n - 1) // 2, n - 1})],
        y_ticks=[Tick(y(value), f"{value:g}") for value in (0, 0.25, 0.5, 0.75, 1)],
    )


def _thinned(n: int) -> list[int]:
    """Return at most MOST_POINTS indices, evenly spaced, the first and the last among them."""
    if n <= MOST_POINTS:
        return list(range(n))
    return [round(step * (n - 1) / (MOST_POINTS - 1)) for step in range(MOST_POINTS)]
