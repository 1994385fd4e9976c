"""What an import took, found already there, refused and noticed."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

KINDS = ("items", "candidates", "images")
# A report is one JSON value in one row; counts stay exact beyond these numbers of lines.
MAX_QUIET_LINES = 2_000
MAX_LOUD_LINES = 10_000


class Outcome(StrEnum):
    """What became of a row."""

    TAKEN = "taken"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"
    NOTE = "note"


QUIET = {Outcome.TAKEN, Outcome.ALREADY_THERE}


def storable(message: str) -> str:
    """Replace what PostgreSQL's JSON cannot hold: NUL and lone surrogates."""
    return message.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


@dataclass(frozen=True)
class Line:
    """One line of a report. row: the item's place in a JSON list, else the line of the file."""

    file: str
    row: int | None
    outcome: Outcome
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", storable(self.file))
        object.__setattr__(self, "reason", storable(self.reason))

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file} row {self.row}"
        return f"{place}: {self.reason}"


class LineList(list[Line]):
    """Lines in their order, up to a limit; what comes after it is only counted."""

    left_out = 0

    def append(self, line: Line) -> None:
        """Keep a line where there is room."""
        if len(self) < MAX_LOUD_LINES:
            super().append(line)
        else:
            self.left_out += 1


@dataclass
class Report:
    """Lines in the order of the manifest, and exact counts.

    Candidates count as refused when they were refused on their own, not with their item.
    """

    lines: list[Line] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            kind: {str(outcome): 0 for outcome in Outcome if outcome != Outcome.NOTE}
            for kind in KINDS
        }
    )
    left_out: int = 0
    _quiet: int = 0
    _loud: int = 0

    def add(self, line: Line) -> None:
        """Append a line, or only count it where the report is full."""
        quiet = line.outcome in QUIET
        if (self._quiet >= MAX_QUIET_LINES) if quiet else (self._loud >= MAX_LOUD_LINES):
            self.left_out += 1
            return
        self._quiet += quiet
        self._loud += not quiet
        self.lines.append(line)

    def count(self, kind: str, outcome: Outcome, number: int = 1) -> None:
        """Count items, candidates or images."""
        self.counts[kind][outcome] += number

    @property
    def n_refused(self) -> int:
        """Number of refused items and of candidates refused on their own."""
        return sum(self.counts[kind][Outcome.REFUSED] for kind in ("items", "candidates"))

    def first_refusal(self) -> Line | None:
        """Return the first refused line, or None."""
        return next((line for line in self.lines if line.outcome == Outcome.REFUSED), None)

    def as_dict(self) -> dict[str, Any]:
        """Return what ImportBatch.report holds."""
        return {
            "counts": self.counts,
            "rows": [asdict(line) for line in self.lines],
            "rows_left_out": self.left_out,
        }
