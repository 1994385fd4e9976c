"""All answers to write, as arrays in order of time."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.models import Lane
from demo.bulk.sharing import Shares
from demo.bulk.timeline import Timeline
from demo.bulk.work import LANES, NONE, FloatArray, IntArray, Work

FROM_THE_QUEUE = ("entry", "comparison", "source", "slot", "k", "candidates", "propensity")


@dataclass(frozen=True)
class Answers:
    """Answers in order of time, all (n,) unless said.

    entry: the row of the queue; comparison, source: database ids; person: index of the persona;
    lane: index into LANES; slot: NONE = none; propensity: NaN = unknown; candidates: (n, 4), ids in
    canonical order; shown: (n, 4), canonical index by screen position; NONE beyond k, the number of
    candidates. active_ms: time at work; leased, submitted: microseconds since 1970.
    """

    entry: IntArray
    comparison: IntArray
    source: IntArray
    person: IntArray
    lane: IntArray
    policy: npt.NDArray[np.object_]
    propensity: FloatArray
    slot: IntArray
    k: IntArray
    candidates: IntArray
    shown: IntArray
    careless: npt.NDArray[np.bool_]
    active_ms: IntArray
    leased: IntArray
    submitted: IntArray

    def __len__(self) -> int:
        return len(self.person)

    def keep(self, rows: slice) -> "Answers":
        """Return some of the answers."""
        return Answers(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


def answers_of(
    slots: Work, golds: Work, shares: Shares, times: Timeline, *, repeat_policy: str
) -> Answers:
    """Return the answers that were shared out, in order of time."""
    row, is_gold = np.array(shares.row)[times.order], np.array(shares.is_gold)[times.order]
    lane = np.array(shares.lane)[times.order]
    is_repeat = lane == LANES.index(Lane.REPEAT)
    queued = {name: _of(slots, golds, name, row, is_gold) for name in FROM_THE_QUEUE}
    policy = _of(slots, golds, "policy_text", row, is_gold)
    policy[is_repeat] = repeat_policy
    queued["slot"][is_repeat] = NONE
    queued["entry"][is_repeat] = NONE
    shown = [tuple(order) + (NONE,) * (4 - len(order)) for order in shares.shown]
    return Answers(
        **queued,
        person=np.array(shares.person)[times.order],
        lane=lane,
        policy=policy,
        shown=np.array(shown)[times.order],
        careless=times.careless,
        active_ms=times.active_ms,
        leased=times.leased,
        submitted=times.submitted,
    )


def _of(
    slots: Work, golds: Work, name: str, row: IntArray, is_gold: npt.NDArray[np.bool_]
) -> npt.NDArray[Any]:
    """Return a column of the slots, or of the golds where an answer is to one."""
    found: npt.NDArray[Any] = getattr(slots, name)[np.where(is_gold, 0, row)]
    if is_gold.any():
        found[is_gold] = getattr(golds, name)[row[is_gold]]
    return found
