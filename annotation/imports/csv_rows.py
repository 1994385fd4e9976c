"""Read CSV manifests: one candidate a row, rows of one item share source and instruction."""

import csv
import io
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from annotation.errors import ImportRefused
from annotation.imports.report import Line, Outcome
from annotation.imports.rows import (
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
        self.lines: list[Line] = []
        self.refused_items = 0
        self.refused_candidates = 0
        self._base = posixpath.dirname(file)
        self._groups: dict[tuple[str, str], _Group] = {}

    def items(self, content: str) -> Iterator[ItemRow]:
        """Yield every item in the order of its first row. Raises ImportRefused."""
        records = _records(content, self.file)
        header = self._header(next(records, (1, []))[1])
        for row, cells in records:
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
                    f" {', '.join(REQUIRED)}"
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


def _records(content: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which the record starts, cells); empty lines are left out."""
    first = content.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    line = 0
    while True:
        start = line + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportRefused(f"{file} line {start}: not valid CSV ({error})") from None
        line = reader.line_num
        if any(cell.strip() for cell in cells):
            yield start, cells
