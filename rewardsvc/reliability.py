"""The reliability diagram of a run, as numbers for a template's SVG."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIZE = 220
_PAD = 34


@dataclass(frozen=True)
class Point:
    """A bin: where it stands, and the ends of its interval, in pixels."""

    x: float
    y: float
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class ReliabilityChart:
    """Bins from one half to one on both axes."""

    points: tuple[Point, ...]
    ticks: tuple[tuple[float, float, str], ...]
    size: int = SIZE
    near: float = _PAD
    far: float = SIZE - 10


def reliability_chart(calibration: Mapping[str, Any]) -> ReliabilityChart | None:
    """Return the diagram of the held-out bins, of the development ones where there are none."""
    told = calibration.get("held_out") or calibration.get("development")
    if not told:
        return None
    points = tuple(
        Point(
            _x(each["predicted"]),
            _y(each["observed"]),
            _y(each["low"]),
            _y(each["high"]),
            f"predicted {each['predicted']:.2f}, observed {each['observed']:.2f}, n = {each['n']}",
        )
        for each in told["bins"]
    )
    ticks = tuple((_x(share), _y(share), f"{share:g}") for share in (0.5, 0.75, 1.0))
    return ReliabilityChart(points, ticks)


def _x(share: float) -> float:
    return round(_PAD + (share - 0.5) / 0.5 * (SIZE - 10 - _PAD), 1)


def _y(share: float) -> float:
    return round(SIZE - _PAD - (max(share, 0.0) - 0.5) / 0.5 * (SIZE - 10 - _PAD), 1)
