"""A number with its interval, its n, and the reason where it is undefined."""

from dataclasses import asdict, dataclass
from typing import Any

from annotation.stats.clustered import GroupShare
from annotation.stats.intervals import wilson


@dataclass(frozen=True)
class Estimate:
    """A share with its 95 % interval. None = undefined; `why` is the reason.

    k: the successes among n, not whole where a vote meets several others.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    k: float | None = None
    why: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def share_of(k: int, n: int, why: str) -> Estimate:
    """Return k of n with Wilson's interval; why: the reason when n is 0."""
    if n == 0:
        return Estimate(None, None, None, 0, None, why)
    return Estimate(k / n, *wilson(k, n), n, k)


def clustered_estimate(share: GroupShare | None, why: str) -> Estimate:
    """Return a share by clusters; why: the reason when there is none."""
    if share is None:
        return Estimate(None, None, None, 0, None, why)
    one = None if share.low is not None else "All of them lie on one source: no interval."
    return Estimate(share.value, share.low, share.high, share.n, share.value * share.n, one)
