"""The champion check of a run for its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardsvc.core.evaluation.promotion import FIRST, GAIN


@dataclass(frozen=True)
class CheckView:
    """The outcome of a run's check, and what would have passed; None is undefined.

    smallest: the smallest accuracy or gain that would pass with these pairs; None where none would.
    looks: how many other runs were measured on the same held-out sources.
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
    """Return the check in a run's metrics; None for runs older than the champion check."""
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
