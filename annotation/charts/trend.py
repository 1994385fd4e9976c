"""Geometry of a value by period with its interval. The style sheet sets colours and fonts."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.charts.lines import Tick, round_ticks

WIDTH, HEIGHT = 420, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 36, 20, 44


@dataclass(frozen=True)
class Dot:
    """The value of one period: its place, the ends of its interval, its words and its link."""

    x: float
    y: float
    low: float | None
    high: float | None
    label: str
    url: str


@dataclass(frozen=True)
class TrendChart:
    """Dots of the defined periods, the line through them, and the band of their intervals.

    references: (pixel, label) of values to compare with. marks: (pixel, words) between periods.
    """

    dots: list[Dot]
    line: str
    band: str
    references: list[Tick]
    marks: list[Tick]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    top: int = TOP
    middle: float = (LEFT + WIDTH - RIGHT) / 2


@dataclass(frozen=True)
class PeriodValue:
    """What is drawn for one period. estimate None: nothing. label: words for the pointer."""

    estimate: float | None
    low: float | None
    high: float | None
    label: str
    url: str


def trend_chart(
    values: Sequence[PeriodValue],
    periods: Sequence[str],
    *,
    references: Sequence[tuple[float, str]] = (),
    marks: Sequence[tuple[int, str]] = (),
) -> TrendChart | None:
    """Return the chart of values by period; None when none is defined.

    periods: the name of each. references: (value, words). marks: (index of a period, words), drawn
    before that period.
    """
    defined = [(n, value) for n, value in enumerate(values) if value.estimate is not None]
    if not defined:
        return None
    ends = [end for _, value in defined for end in (value.estimate, value.low, value.high)]
    shown = [end for end in ends if end is not None]
    ticks = round_ticks(min(0.0, *shown), max(1.0, *shown))
    low, high = ticks[0], ticks[-1]
    last = max(len(values) - 1, 1)

    def x(index: float) -> float:
        inner = WIDTH - LEFT - RIGHT
        return round(LEFT + inner * ((index + 0.5) / (last + 1)), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    dots = [
        Dot(
            x(n),
            y(value.estimate),
            None if value.low is None else y(value.low),
            None if value.high is None else y(value.high),
            value.label,
            value.url,
        )
        for n, value in defined
        if value.estimate is not None
    ]
    banded = [dot for dot in dots if dot.low is not None and dot.high is not None]
    edge = [f"{dot.x},{dot.high}" for dot in banded]
    edge += [f"{dot.x},{dot.low}" for dot in reversed(banded)]
    named = sorted({0, last // 2, len(values) - 1})
    return TrendChart(
        dots=dots,
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        band=" ".join(edge) if len(banded) > 1 else "",
        references=[Tick(y(value), words) for value, words in references],
        marks=[Tick(x(index - 0.5), words) for index, words in marks],
        x_ticks=[Tick(x(n), periods[n]) for n in named],
        y_ticks=[Tick(y(value), f"{value:g}") for value in ticks],
    )
