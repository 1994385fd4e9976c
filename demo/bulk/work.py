"""What there is to judge in a campaign, as arrays: free slots, and the golds in use."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.common.columns import Column, load
from annotation.models import COUNTING_LANES, Campaign, Lane, QueueEntry

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
LANES = tuple(Lane)
MOST_CANDIDATES = 4
NONE = -1
LANE = " ".join(f"WHEN '{lane.value}' THEN {number}" for number, lane in enumerate(LANES))
FROM = """
  FROM annotation_queueentry q
  JOIN annotation_comparison c ON c.id = q.comparison_id
 WHERE q.campaign_id = %(campaign)s AND q.lane = ANY (%(lanes)s)
   AND c.held_at IS NULL AND c.withdrawn_at IS NULL
"""
COLUMNS = (
    Column("entry", "q.id", "int8"),
    Column("comparison", "q.comparison_id", "int8"),
    Column("source", "q.source_id", "int8"),
    Column("lane", f"CASE q.lane {LANE} END", "int2"),
    Column("slot", f"coalesce(q.slot, {NONE})", "int2"),
    Column("policy", "array_position(%(policies)s, q.policy::text)", "int2"),
    Column("propensity", "coalesce(q.propensity, 'NaN')", "float8"),
    Column("k", "cardinality(c.candidate_ids)", "int2"),
    *(
        Column(f"{name} {n}", f"coalesce({expression}[{n + 1}], {NONE})", "int8")
        for name, expression in (("candidate", "c.candidate_ids"), ("shown", "q.shown_order"))
        for n in range(MOST_CANDIDATES)
    ),
)


@dataclass(frozen=True)
class Work:
    """Rows of the queue, all (n,) unless said.

    entry, comparison, source: database ids; lane: index into LANES; slot: NONE for a gold; policy:
    index into `policies`; propensity: NaN = unknown; k: number of candidates; candidates: (n, 4),
    ids in canonical order; shown: (n, 4), canonical index by screen position; NONE beyond k.
    """

    entry: IntArray
    comparison: IntArray
    source: IntArray
    lane: IntArray
    slot: IntArray
    policy: IntArray
    propensity: FloatArray
    k: IntArray
    candidates: IntArray
    shown: IntArray
    policies: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.entry)

    @property
    def policy_text(self) -> npt.NDArray[np.object_]:
        """(n,), the policy of each row in words."""
        return np.array([*self.policies, ""], dtype=object)[self.policy]


def free_slots(campaign: Campaign) -> Work:
    """Load the free slots of the counting lanes, those of a comparison together, by slot."""
    return _load(campaign, COUNTING_LANES)


def golds(campaign: Campaign) -> Work:
    """Load the golds that are served; their candidates are shown in canonical order."""
    return _load(campaign, (Lane.GOLD,))


def _load(campaign: Campaign, lanes: tuple[Lane, ...]) -> Work:
    rows = QueueEntry.objects.filter(campaign=campaign, lane__in=lanes)
    policies = list(rows.order_by("policy").values_list("policy", flat=True).distinct())
    params = {"campaign": campaign.pk, "lanes": list(lanes), "policies": policies}
    found = load(COLUMNS, FROM, params)
    order = np.lexsort((found["slot"], found["comparison"]))
    columns = {name: column[order] for name, column in found.items()}
    candidates, shown = (
        np.stack([columns.pop(f"{name} {n}") for n in range(MOST_CANDIDATES)], axis=1)
        for name in ("candidate", "shown")
    )
    k = columns["k"].astype(np.int64)
    positions = np.arange(MOST_CANDIDATES)
    canonical = np.where(positions < k[:, None], positions, NONE)
    whole: dict[str, Any] = {
        name: column if column.dtype.kind == "f" else column.astype(np.int64)
        for name, column in columns.items()
    }
    whole["policy"] = whole["policy"] - 1  # array_position counts from 1
    return Work(
        **whole,
        candidates=candidates,
        shown=np.where(shown[:, :1] == NONE, canonical, shown),
        policies=tuple(policies),
    )
