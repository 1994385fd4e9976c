"""Read CSV manifests: one candidate a row, rows of one item share source and instruction."""

import csv
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from annotation.errors import ImportRefused
from annotation.items.imports.manifests.columns import what_is_missing
from annotation.items.imports.manifests.text_stream import (
    MAX_ROW_CHARS,
    MAX_ROWS,
    row_too_long,
    too_many,
)
from annotation.items.imports.report import Line, LineList, Outcome
from annotation.items.imports.rows import (
    MAX_CATEGORY,
    MAX_GENERATOR,
    MAX_INSTRUCTION,
    MAX_LICENCE,
    MAX_ORIGIN,
    MAX_SEED,
    MAX_SENSITIVE,
    MAX_VERSION,
    CandidateRow,
    ItemRow,
    RowRefused,
    inside,
    language,
    text,
)

REQUIRED = ("instruction", "source", "candidate", "generator")
OPTIONAL = (
    *("version", "seed", "licence", "origin", "category", "language", "sensitive"),
    *("source_licence", "source_origin"),
)
ALIASES = {"license": "licence", "source_license": "source_licence"}
DELIMITERS = ",;\t"


@dataclass
class _Group:
    row: int
    category: str
    licence: str
    origin: str
    language: str
    sensitive: str
    candidates: list[CandidateRow] = field(default_factory=list)


class CsvReader:
    """Turn the records of one manifest into items. `lines` collects refusals and notes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines = LineList()
        self.refused_items = 0
        self.refused_candidates = 0
        self._base = posixpath.dirname(file)
        # A missing column refuses the whole file.
        self.hints: list[str] = []
        self._groups: dict[tuple[str, str], _Group] = {}

    def items(self, lines: Iterator[str]) -> Iterator[ItemRow]:
        """Yield every item in the order of its first row. Raises ImportRefused."""
        records = _records(lines, self.file)
        header = self._header(next(records, (1, []))[1])
        for number, (row, cells) in enumerate(records, start=1):
            if number > MAX_ROWS:
                raise too_many(self.file, "rows", MAX_ROWS)
            try:
                self._take(row, header, cells)
            except RowRefused as refusal:
                self.refused_candidates += 1
                self.lines.append(Line(self.file, row, Outcome.REFUSED, str(refusal)))
        for (source, instruction), group in self._groups.items():
            yield ItemRow(
                self.file,
                group.row,
                instruction,
                source,
                tuple(group.candidates),
                group.category,
                group.licence,
                group.origin,
                group.language,
                group.sensitive,
            )

    def _header(self, cells: list[str]) -> list[str]:
        names = [cell.strip().lower() for cell in cells]
        names = [ALIASES.get(name, name) for name in names]
        for name in REQUIRED:
            if name not in names:
                raise ImportRefused(
                    f"{self.file} line 1: there is no column {name!r}; needed are"
                    f" {', '.join(REQUIRED)}:"
                    f" {what_is_missing(name, names, REQUIRED + OPTIONAL)}"
                )
        for name in names:
            if name and names.count(name) > 1:
                raise ImportRefused(f"{self.file} line 1: the column {name!r} is given twice")
            if name not in REQUIRED + OPTIONAL:
                note = f"the column {name[:60]!r} is not read"
                self.lines.append(Line(self.file, 1, Outcome.NOTE, note))
        return names

    def _take(self, row: int, header: list[str], cells: list[str]) -> None:
        if len(cells) != len(header):
            raise RowRefused(f"it has {len(cells)} cells where the header has {len(header)}")
        fields = dict(zip(header, cells, strict=True))
        instruction = text(fields["instruction"], "instruction", MAX_INSTRUCTION, required=True)
        if not fields["source"].strip():
            raise RowRefused("there is no source image")
        source = inside(self._base, fields["source"], "source")
        category = text(fields.get("category"), "category", MAX_CATEGORY)
        tag = language(fields.get("language"))
        sensitive = text(fields.get("sensitive"), "sensitive", MAX_SENSITIVE)
        candidate = self._candidate(row, fields)
        licence = text(
            fields.get("source_licence", candidate.licence), "source_licence", MAX_LICENCE
        )
        origin = text(fields.get("source_origin"), "source_origin", MAX_ORIGIN)
        group = self._groups.setdefault(
            (source, instruction), _Group(row, category, licence, origin, tag, sensitive)
        )
        group.candidates.append(candidate)

    def _candidate(self, row: int, fields: dict[str, str]) -> CandidateRow:
        return CandidateRow(
            row,
            inside(self._base, fields["candidate"], "candidate"),
            text(fields["generator"], "generator", MAX_GENERATOR, required=True),
            text(fields.get("version"), "version", MAX_VERSION),
            text(fields.get("seed"), "seed", MAX_SEED),
            text(fields.get("licence"), "licence", MAX_LICENCE),
            text(fields.get("origin"), "origin", MAX_ORIGIN),
        )


def _records(lines: Iterator[str], file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which the record starts, cells); empty lines are left out."""
    feed = _Feed(lines, file)
    delimiter = max(DELIMITERS, key=feed.first.count)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    line = 0
    while True:
        feed.start = start = line + 1
        feed.n_chars = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportRefused(f"{file} line {start}: not valid CSV ({error})") from None
        line = reader.line_num
        if any(cell.strip() for cell in cells):
            yield start, cells


class _Feed:
    """The lines of a file for the CSV reader, with a limit to those of one record."""

    def __init__(self, lines: Iterator[str], file: str) -> None:
        self.first = next(lines, "")
        self.start, self.n_chars = 1, 0
        self._file = file
        self._lines = chain([self.first], lines)

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.n_chars += len(line)
            if self.n_chars > MAX_ROW_CHARS:
                raise row_too_long(self._file, f"line {self.start}")
            yield line
