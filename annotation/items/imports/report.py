"""The report of an import: what was taken, already there, refused and noted."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

KINDS = ("items", "candidates", "images")
# A report is one JSON value in one row. Beyond these numbers, lines are only counted.
MAX_SUCCESS_LINES = 2_000
MAX_PROBLEM_LINES = 10_000
# Number of rows that a group of equal lines names.
FEW = 3


class Outcome(StrEnum):
    """The outcome of a row."""

    TAKEN = "taken"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"
    NOTE = "note"


SUCCESSES = {Outcome.TAKEN, Outcome.ALREADY_THERE}


def storable(message: str) -> str:
    """Replace what PostgreSQL's JSON cannot hold: NUL and lone surrogates."""
    return message.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


@dataclass(frozen=True)
class Line:
    """One line of a report. row: the item's number in a JSON list, else the line of the file."""

    file: str
    row: int | None
    outcome: Outcome
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", storable(self.file))
        object.__setattr__(self, "reason", storable(self.reason))

    def __str__(self) -> str:
        where = self.file if self.row is None else f"{self.file} row {self.row}"
        return f"{where}: {self.reason}"


class LineList(list[Line]):
    """Lines in order, up to a limit; further lines are only counted."""

    left_out = 0

    def append(self, line: Line) -> None:
        """Append a line while the limit is not reached, else count it."""
        if len(self) < MAX_PROBLEM_LINES:
            super().append(line)
        else:
            self.left_out += 1


@dataclass
class Report:
    """Lines in the order of the manifest, and exact counts.

    A candidate counts as refused when it was refused alone, not with its item.
    """

    lines: list[Line] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            kind: {str(outcome): 0 for outcome in Outcome if outcome != Outcome.NOTE}
            for kind in KINDS
        }
    )
    # Sentences about a column that every row of a manifest lacks.
    hints: list[str] = field(default_factory=list)
    # Sentences about the campaign's edits after the import.
    warnings: list[str] = field(default_factory=list)
    left_out: int = 0
    _n_successes: int = 0
    _n_problems: int = 0

    def add(self, line: Line) -> None:
        """Append a line, or only count it where the report is full."""
        is_success = line.outcome in SUCCESSES
        if (
            (self._n_successes >= MAX_SUCCESS_LINES)
            if is_success
            else (self._n_problems >= MAX_PROBLEM_LINES)
        ):
            self.left_out += 1
            return
        self._n_successes += is_success
        self._n_problems += not is_success
        self.lines.append(line)

    def count(self, kind: str, outcome: Outcome, number: int = 1) -> None:
        """Count items, candidates or images."""
        self.counts[kind][outcome] += number

    @property
    def n_refused(self) -> int:
        """Number of refused items and of candidates that were refused alone."""
        return sum(self.counts[kind][Outcome.REFUSED] for kind in ("items", "candidates"))

    @property
    def is_refused(self) -> bool:
        """Whether rows were refused and not one item was taken or there already."""
        items = self.counts["items"]
        return self.n_refused > 0 and not any(items[outcome] for outcome in SUCCESSES)

    def why_refused(self) -> str:
        """Return one line on an import of which nothing was taken."""
        because = "; ".join(self.hints)
        if not because:
            refusals = [asdict(line) for line in self.lines if line.outcome == Outcome.REFUSED]
            because = str(max(grouped(refusals), key=lambda group: group.n, default=""))
        return storable(f"nothing was imported: all {self.n_refused} were refused: {because}")

    def first_refusal(self) -> Line | None:
        """Return the first refused line, or None."""
        return next((line for line in self.lines if line.outcome == Outcome.REFUSED), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON of ImportBatch.report."""
        why = {"why_refused": self.why_refused()} if self.is_refused else {}
        return why | {
            "counts": self.counts,
            "rows": [asdict(line) for line in self.lines],
            "rows_left_out": self.left_out,
            "hints": [storable(hint) for hint in self.hints],
            "warnings": [storable(warning) for warning in self.warnings],
        }


@dataclass(frozen=True)
class Group:
    """Rows of one file with one outcome for one reason. first: the first FEW of them."""

    file: str
    outcome: str
    reason: str
    n: int
    first: tuple[int | None, ...]

    @property
    def row_names(self) -> str:
        """The rows in words: “row 3”, or “rows 1, 2, 3 and 27 more”."""
        named = ", ".join(str(row) for row in self.first if row is not None)
        if not named:
            return ""
        more = self.n - len(self.first)
        return f"row{'s' if self.n > 1 else ''} {named}{f' and {more} more' if more else ''}"

    def __str__(self) -> str:
        where = f"{self.file} {self.row_names}".strip()
        return f"{where}: {self.reason}"


def grouped(rows: Iterable[Mapping[str, Any]]) -> list[Group]:
    """Group equal rows of a report, in the order of the first row of each group."""
    found: dict[tuple[str, str, str], list[int | None]] = {}
    for row in rows:
        found.setdefault((row["file"], row["outcome"], row["reason"]), []).append(row["row"])
    return [Group(*key, len(numbers), tuple(numbers[:FEW])) for key, numbers in found.items()]
