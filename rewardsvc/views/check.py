"""The champion check of a run in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardsvc.core.evaluation.promotion import FIRST, GAIN


@dataclass(frozen=True)
class CheckView:
    """What a run's check found and what it would have taken; None is undefined.

    smallest: the least accuracy or gain that passes with these pairs, None too where none does.
    """

    promoted: bool
    reason: str
    is_first: bool
    measured: Mapping[str, Any] | None
    champion_held_out: Mapping[str, Any] | None
    smallest: float | None
    nothing_passes: bool
    needed_pairs: int | None
    needed_sources: int | None
    looks: int
    gain: float = GAIN


def check_view(metrics: Mapping[str, Any]) -> CheckView | None:
    """Return the check of a run's metrics; None for runs from before there was a rule."""
    check = metrics.get("check")
    if not check:
        return None
    smallest = check["smallest_passing"]
    nothing_passes = smallest is not None and smallest >= 1
    return CheckView(
        promoted=check["promoted"],
        reason=check["reason"],
        is_first=check["kind"] == FIRST,
        measured=check["measured"],
        champion_held_out=metrics["champion_held_out"],
        smallest=None if nothing_passes else smallest,
        nothing_passes=nothing_passes,
        needed_pairs=check["needed_pairs"],
        needed_sources=check["needed_sources"],
        looks=check["looks"],
    )
