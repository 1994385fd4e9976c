"""Every answer of a campaign as arrays, with lane, shown order, times and evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from annotation.common.columns import Column, load
from annotation.models import COUNTING_LANES, Campaign, Lane
from annotation.quality.selectors.outcomes import MOST_CANDIDATES, FloatArray, IntArray

BoolArray = npt.NDArray[np.bool_]
LANES = tuple(Lane)
UNKNOWN = -1
# As annotation_with_worked_time counts it (sql/invariants.sql).
MOST_WORKED_MS = 600_000
CLOCK_MS, CLOCK_SHARE = 1_000, 0.05
LANE = " ".join(f"WHEN '{lane.value}' THEN {number}" for number, lane in enumerate(LANES))
# Notes are compared without case, punctuation and spacing.
NOTE = r"regexp_replace(lower(j.note), '\W+', '', 'g')"
# A client's clock may run a little faster. Work beyond the longest that counts is no false claim.
CLAIM_FITS = f"""
CASE WHEN j.active_ms IS NULL OR j.worked_ms IS NULL THEN {UNKNOWN}
     WHEN j.worked_ms < {MOST_WORKED_MS}
          AND j.active_ms - j.worked_ms > {CLOCK_MS} + {CLOCK_SHARE} * j.active_ms THEN 0
     ELSE 1 END
"""
FROM = """
  FROM annotation_judgment j
  JOIN annotation_assignment s ON s.id = j.assignment_id
  JOIN annotation_comparison c ON c.id = j.comparison_id
  JOIN annotation_item i ON i.id = c.item_id
  LEFT JOIN annotation_setaside a ON a.judgment_id = j.id
 WHERE j.campaign_id = %(campaign)s AND NOT j.surplus AND j.scores IS NOT NULL
   AND c.withdrawn_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM annotation_judgment l WHERE l.supersedes_id = j.id)
"""
COLUMNS = (
    Column("judgment", "j.id", "int8"),
    Column("comparison", "j.comparison_id", "int8"),
    Column("source", "i.source_id", "int8"),
    Column("annotator", "j.annotator_id", "int8"),
    Column("rubric", "j.rubric_id", "int8"),
    Column("lane", f"CASE j.lane {LANE} END", "int2"),
    Column("aside", "(a.id IS NOT NULL)::int", "int2"),
    Column("tie_kind", "CASE j.tie_kind WHEN 'good' THEN 1 WHEN 'bad' THEN 2 ELSE 0 END", "int2"),
    Column("worked_ms", f"coalesce(j.worked_ms, {UNKNOWN})", "int4"),
    Column("claim_fits", CLAIM_FITS, "int2"),
    Column("at", "extract(epoch FROM j.created_at)", "float8"),
    Column("note", f"CASE {NOTE} WHEN '' THEN 0 ELSE hashtextextended({NOTE}, 0) END", "int8"),
    Column(
        "loaded",
        "CASE j.evidence -> 'images_loaded' WHEN 'true' THEN 1 WHEN 'false' THEN 0"
        f" ELSE {UNKNOWN} END",
        "int2",
    ),
    Column(
        "full_size",
        "CASE WHEN jsonb_typeof(j.evidence -> 'full_size_seen') <> 'array'"
        f" OR NOT jsonb_exists(j.evidence, 'full_size_seen') THEN {UNKNOWN}"
        " WHEN j.evidence -> 'full_size_seen' @> 'false' THEN 0 ELSE 1 END",
        "int2",
    ),
    *(
        column
        for n in range(MOST_CANDIDATES)
        for column in (
            Column(f"rank {n}", f"coalesce(j.ranks[{n + 1}], 0)", "int2"),
            Column(f"shown {n}", f"coalesce(s.shown_order[{n + 1}], {UNKNOWN})", "int2"),
        )
    ),
)


@dataclass(frozen=True)
class AnswerRows:
    """Answers with a verdict that are not surplus, superseded or withdrawn, in submission order.

    All (n,) unless said: judgment, comparison, source, annotator, rubric: database ids; lane: index
    into LANES; aside: set aside by a lead; tie_kind: 0 none, 1 good, 2 bad; worked_ms: time at
    work as the server counts it, NaN = unknown; claim_fits: whether the client claimed no more time
    than passed, 1, 0 or UNKNOWN; at: seconds since 1970; note: a hash of the text, 0 = none;
    loaded: whether all pictures were shown before the answer, full_size: whether every edit was
    seen at full size, both as claim_fits; ranks: (n, 4), 0 beyond k; shown: (n, 4), the canonical
    index at each screen position, UNKNOWN beyond k.
    """

    judgment: IntArray
    comparison: IntArray
    source: IntArray
    annotator: IntArray
    rubric: IntArray
    lane: IntArray
    aside: BoolArray
    tie_kind: IntArray
    worked_ms: FloatArray
    claim_fits: IntArray
    at: FloatArray
    note: IntArray
    loaded: IntArray
    full_size: IntArray
    ranks: IntArray
    shown: IntArray

    def __len__(self) -> int:
        return len(self.judgment)

    def keep(self, rows: npt.NDArray[Any]) -> "AnswerRows":
        """Return the answers that `rows` names: true or false for each (n,), or indices."""
        return AnswerRows(**{name: column[rows] for name, column in vars(self).items()})

    def of_lanes(self, lanes: Sequence[Lane]) -> BoolArray:
        """Return (n,) whether an answer was served in one of the lanes."""
        return np.isin(self.lane, [LANES.index(lane) for lane in lanes])

    @property
    def counting(self) -> BoolArray:
        """(n,), whether the lane fills the overlap."""
        return self.of_lanes(COUNTING_LANES)

    @property
    def answer(self) -> IntArray:
        """(n,), a number per verdict in canonical order: equal numbers are equal verdicts."""
        digits: IntArray = self.ranks @ (5 ** np.arange(MOST_CANDIDATES)) * 3 + self.tie_kind
        return digits


def answer_rows(campaign: Campaign) -> AnswerRows:
    """Load a campaign's answers, those set aside too. One query for any size."""
    rows = load(COLUMNS, FROM, {"campaign": campaign.pk})
    order = np.argsort(rows["judgment"])
    rows = {name: column[order] for name, column in rows.items()}
    worked_ms = rows.pop("worked_ms").astype(np.float64)
    stacked = {
        name: np.stack([rows.pop(f"{word} {n}") for n in range(MOST_CANDIDATES)], axis=1)
        for name, word in (("ranks", "rank"), ("shown", "shown"))
    }
    aside = rows.pop("aside") == 1
    columns: dict[str, Any] = {
        name: column if column.dtype.kind == "f" else column.astype(np.int64)
        for name, column in (rows | stacked).items()
    }
    return AnswerRows(aside=aside, worked_ms=np.where(worked_ms < 0, np.nan, worked_ms), **columns)
