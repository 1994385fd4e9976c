"""Numbers that a program sends with a lease."""

from collections.abc import Mapping
from typing import Any

from annotation.errors import InvalidAnswer
from annotation.queue.services.leases import MAX_AHEAD, MAX_AHEAD_OFFLINE
from annotation.queue.services.returns import MAX_GRACE


def ahead_in(data: Mapping[str, Any], *, default: int, lowest: int) -> int:
    """Return how many assignments are wanted; more are allowed with `"offline": true`.

    Raises InvalidAnswer.
    """
    offline = data.get("offline", False)
    if not isinstance(offline, bool):
        raise InvalidAnswer("offline", "offline must be true or false.")
    highest = MAX_AHEAD_OFFLINE if offline else MAX_AHEAD
    return _whole_number(data, "ahead", default, (lowest, highest))


def grace_in(data: Mapping[str, Any]) -> int:
    """Return after how many seconds a lease is released. Raises InvalidAnswer."""
    return _whole_number(data, "grace_s", 0, (0, MAX_GRACE))


def _whole_number(data: Mapping[str, Any], name: str, default: int, bounds: tuple[int, int]) -> int:
    value = data.get(name, default)
    lowest, highest = bounds
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise InvalidAnswer(name, f"{name} must be a number from {lowest} to {highest}.")
    return value
