"""The reliability diagram of a run, as numbers for a template's SVG."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIZE, _LEFT, _BOTTOM, _EDGE = 340, 44, 46, 12


@dataclass(frozen=True)
class Point:
    """A bin: its position and the ends of its interval, in pixels."""

    x: float
    y: float
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class ReliabilityChart:
    """The diagram: predicted from 0.5 to 1 on the x axis, observed from 0 to 1 on the y axis.

    rows, columns: (pixel, label) of the ticks.
    """

    points: tuple[Point, ...]
    rows: tuple[tuple[float, str], ...]
    columns: tuple[tuple[float, str], ...]
    half: float
    size: int = SIZE
    left: int = _LEFT
    right: int = SIZE - _EDGE
    top: int = _EDGE
    bottom: int = SIZE - _BOTTOM
    middle: float = (_LEFT + SIZE - _EDGE) / 2


def reliability_chart(calibration: Mapping[str, Any]) -> ReliabilityChart | None:
    """Return the diagram of the held-out bins, or of the development bins without held-out ones."""
    measured = calibration.get("held_out") or calibration.get("development")
    if not measured:
        return None
    points = tuple(
        Point(
            _x(each["predicted"]),
            _y(each["observed"]),
            _y(each["low"]),
            _y(each["high"]),
            f"predicted {each['predicted']:.2f}, observed {each['observed']:.2f}, n = {each['n']}",
        )
        for each in measured["bins"]
    )
    return ReliabilityChart(
        points,
        rows=tuple((_y(share), f"{share:g}") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
        columns=tuple((_x(share), f"{share:g}") for share in (0.5, 0.75, 1.0)),
        half=_y(0.5),
    )


def _x(predicted: float) -> float:
    return round(_LEFT + (predicted - 0.5) / 0.5 * (SIZE - _EDGE - _LEFT), 1)


def _y(observed: float) -> float:
    return round(SIZE - _BOTTOM - observed * (SIZE - _BOTTOM - _EDGE), 1)
