"""Geometry of the bar charts by day. The style sheet sets colours and fonts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, FLOOR = 960, 170, 142
LEFT, GAP = 36, 4


@dataclass(frozen=True)
class Bar:
    """A bar of one day: its x position, its height and its label."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    day: date
    n: int
    labelled: bool


@dataclass(frozen=True)
class DayChart:
    """Bars by day. most: the top of the scale; 0 = nothing to draw."""

    bars: list[Bar]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR
    left: int = LEFT
    top: int = 10


def day_chart(days: Sequence[tuple[date, int]]) -> DayChart:
    """Return bars for consecutive days, oldest first; every seventh from the last has a label."""
    most = max((n for _, n in days), default=0)
    step = (WIDTH - LEFT) / max(1, len(days))
    bars = []
    for i, (day, n) in enumerate(days):
        x = LEFT + i * step
        height = (FLOOR - 10) * n / most if most else 0.0
        bars.append(
            Bar(
                x=round(x + GAP / 2, 2),
                y=round(FLOOR - height, 2),
                width=round(step - GAP, 2),
                height=round(height, 2),
                middle=round(x + step / 2, 2),
                day=day,
                n=n,
                labelled=(len(days) - 1 - i) % 7 == 0,
            )
        )
    return DayChart(bars, most, sum(n for _, n in days))
