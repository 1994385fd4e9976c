"""Lane shares, and the plan that realises them: a lane for each of fifty serves in a row.

A person's serve number n begins with entry n mod 50 of the person's own plan, which is this one in
a secret order, so any fifty serves in a row hold each lane exactly as often as its share says.
Adjudication has no share: only adjudicators are served it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from annotation.errors import InvalidSetting
from annotation.models import Lane

WHOLE = 100
PLAN_LENGTH = 50
STEP = WHOLE // PLAN_LENGTH
SHARED_LANES = tuple(str(lane) for lane in Lane if lane != Lane.ADJUDICATION)
NO_SHARES = dict.fromkeys(SHARED_LANES, 0)
# A random-arm serve may be delayed by one serve and so leave a window of fifty. With 11 planned, at
# least 10 stay in every window.
LEAST_RANDOM = 22


def plan_of(shares: Mapping[str, int]) -> list[str]:
    """Return the plan of fifty serves that gives each lane its percent, evenly spread.

    shares: percent by lane, in steps of 2, together 100; a lane left out gets none. The random
    arm's serves are at most ceil(50 / n) apart. Raises InvalidSetting naming the lane's field.
    """
    counts = _counts(shares)
    plan = [""] * PLAN_LENGTH
    by_rank = sorted(counts, key=lambda lane: (lane != Lane.RANDOM, -counts[lane], lane))
    for lane in by_rank:
        free = [at for at, taken in enumerate(plan) if not taken]
        for i in range(counts[lane]):
            plan[free[i * len(free) // counts[lane]]] = lane
    return plan


def shares_of(plan: Sequence[str]) -> dict[str, int]:
    """Return the percent of a plan of fifty that each lane has, 0 where it has none."""
    counts = Counter(plan)
    return {lane: counts[lane] * STEP for lane in SHARED_LANES}


def share_field(lane: str) -> str:
    """Return the name under which a lane's share is entered and refused."""
    return f"share_{lane}"


def _counts(shares: Mapping[str, int]) -> dict[str, int]:
    for lane, share in shares.items():
        _check_share(lane, share)
    if shares.get(Lane.RANDOM, 0) < LEAST_RANDOM:
        raise InvalidSetting(
            share_field(Lane.RANDOM),
            f"The random arm needs {LEAST_RANDOM} % at least, so that any fifty comparisons in a"
            " row hold ten of it.",
        )
    total = sum(shares.values())
    if total != WHOLE:
        raise InvalidSetting("lane_shares", f"The lanes' shares make {total} %, not 100 %.")
    return {lane: share // STEP for lane, share in shares.items() if share}


def _check_share(lane: str, share: Any) -> None:
    if lane not in SHARED_LANES:
        raise InvalidSetting("lane_shares", f"There is no share for a lane “{lane}”.")
    name = Lane(lane).label
    if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= WHOLE:
        raise InvalidSetting(share_field(lane), f"{name}: a share is a percent from 0 to 100.")
    if share % STEP:
        raise InvalidSetting(
            share_field(lane), f"{name}: shares go in steps of {STEP} %; {share} is none."
        )
