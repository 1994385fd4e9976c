"""The table of people: one line per annotator, sorted, filtered, and as a spreadsheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annotation.models import Membership
from annotation.quality.selectors.estimates import Estimate
from annotation.quality.selectors.flags import FLAGS
from annotation.quality.selectors.people_quality import QualityData, quality_of
from annotation.quality.selectors.person_quality import LeftShare, PersonQuality

Number = float | int | str | None


@dataclass(frozen=True)
class PersonRow:
    """One line: the person's membership and numbers, and the flags in words."""

    member: Membership
    quality: PersonQuality

    @property
    def flags(self) -> list[str]:
        """The flags in words."""
        return [FLAGS[name] for name in self.quality.flags]


SORTS: dict[str, Callable[[PersonQuality], Number]] = {
    "flags": lambda one: len(one.flags),
    "name": lambda one: one.username.casefold(),
    "n": lambda one: one.n,
    "gold": lambda one: one.gold.verdicts.value,
    "repeats": lambda one: one.repeats.all.value,
    "left": lambda one: one.left.value,
    "agreement": lambda one: one.agreement.value,
    "speed": lambda one: one.pace.z,
}
# Who has most flags and judgments comes first; of the rest the smallest number.
DOWNWARD = {"flags", "n"}
SHOWN = ("all", "flagged", "working")


def people_table(
    data: QualityData, *, sort: str = "flags", reverse: bool = False, show: str = "all"
) -> list[PersonRow]:
    """Return the lines that are to be shown, sorted; undefined numbers last in either direction."""
    members = {member.user_id: member for member in data.members}
    rows = [PersonRow(members[one.user_id], one) for one in quality_of(data)]
    kept = [row for row in rows if _is_shown(row, show)]
    kept.sort(key=lambda row: (-row.quality.n, row.quality.username))
    key = SORTS[sort]

    def value(row: PersonRow) -> Number:
        return key(row.quality)

    known = [row for row in kept if value(row) is not None]
    known.sort(key=value, reverse=reverse != (sort in DOWNWARD))  # type: ignore[arg-type]
    return known + [row for row in kept if value(row) is None]


def _is_shown(row: PersonRow, show: str) -> bool:
    if show == "flagged":
        return bool(row.quality.flags)
    if show == "working":
        return row.member.removed_at is None and row.member.paused_at is None
    return True


HEADER = (
    "person", "state", "flags", "judgments", "answers",
    "gold", "gold_low", "gold_high", "gold_n",
    "repeats", "repeats_low", "repeats_high", "repeats_n",
    "repeats_same_order", "repeats_same_order_low", "repeats_same_order_high",
    "repeats_same_order_n",
    "repeats_changed_order", "repeats_changed_order_low", "repeats_changed_order_high",
    "repeats_changed_order_n",
    "left_share", "left_share_low", "left_share_high", "left_share_n", "left_share_q",
    "same_winner", "same_winner_low", "same_winner_high", "same_winner_n",
    "same_verdict", "same_verdict_low", "same_verdict_high", "same_verdict_n",
    "median_seconds", "speed_z", "longest_run", "longest_run_bound",
    "impossible_times", "impossible_times_low", "impossible_times_high", "impossible_times_n",
)  # fmt: skip


def spreadsheet(rows: Sequence[PersonRow]) -> list[list[object]]:
    """Return the lines under HEADER; None where a number is undefined."""
    return [
        [
            row.quality.username,
            state_of(row.member),
            " ".join(row.quality.flags),
            row.quality.n,
            row.quality.n_answers,
            *_cells(row.quality.gold.verdicts),
            *_cells(row.quality.repeats.all),
            *_cells(row.quality.repeats.same_order),
            *_cells(row.quality.repeats.changed_order),
            *_cells(row.quality.left),
            row.quality.left.q,
            *_cells(row.quality.agreement),
            *_cells(row.quality.verdicts),
            row.quality.pace.median_seconds,
            row.quality.pace.z,
            row.quality.run.longest,
            row.quality.run.bound,
            *_cells(row.quality.impossible_times),
        ]
        for row in rows
    ]


def state_of(member: Membership) -> str:
    """Return whether a person works: removed, paused or working."""
    if member.removed_at is not None:
        return "removed"
    return "working" if member.paused_at is None else "paused"


def _cells(one: Estimate | LeftShare) -> tuple[float | None, float | None, float | None, int]:
    return one.value, one.low, one.high, one.n
