"""Read CSV manifests: one candidate a row, rows of one item share source and instruction."""

import csv
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain

from annotation.errors import ImportRefused
from annotation.items.imports.draw import comparable
from annotation.items.imports.manifests.columns import renamed, renaming_notes, what_is_missing
from annotation.items.imports.manifests.merging import Group
from annotation.items.imports.manifests.text_stream import (
    MAX_ROW_CHARS,
    MAX_ROWS,
    row_too_long,
    too_many,
)
from annotation.items.imports.manifests.values import Notes, Values, required
from annotation.items.imports.model_folders import ModelFolders
from annotation.items.imports.report import Line, LineList, Outcome
from annotation.items.imports.rows import (
    MAX_CATEGORY,
    MAX_GENERATOR,
    MAX_LICENCE,
    MAX_ORIGIN,
    CandidateRow,
    ItemRow,
    RowRefused,
    fault_of_best,
    inside,
)

# Columns that every manifest has, and those of edits that it names itself.
OF_ITEMS = ("instruction", "source")
OF_EDITS = ("candidate", "generator")
COLUMNS = (
    *OF_ITEMS,
    *OF_EDITS,
    *("version", "seed", "licence", "origin", "category", "language", "sensitive"),
    *("source_licence", "source_origin", "known_best"),
)
DELIMITERS = ",;\t"
# Excel's first line that names the delimiter.
SEPARATOR = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)

# The default refuses a file for a long cell, also in a column that is not read. The feed below
# limits whole records.
csv.field_size_limit(MAX_ROW_CHARS)


class CsvReader:
    """Turn the records of one manifest into items. `lines` collects refusals and notes.

    folders: where the edits of a manifest without a column for them are.
    outside: whether paths may lead out of the container.
    """

    def __init__(self, file: str, folders: ModelFolders, *, outside: bool = False) -> None:
        self.file = file
        self.lines = LineList()
        self.refused_items = 0
        self.refused_candidates = 0
        self.hints: list[str] = []
        self._folders = folders
        self._inside = partial(inside, posixpath.dirname(file), outside=outside)
        self._notes = Notes()
        self._groups: dict[tuple[str, str], Group] = {}

    def items(self, lines: Iterator[str]) -> Iterator[ItemRow]:
        """Yield every item in the order of its first row. Raises ImportRefused."""
        records = _records(lines, self.file)
        first, cells = next(records, (1, []))
        header = self._header(first, cells)
        for number, (row, cells) in enumerate(records, start=1):
            if number > MAX_ROWS:
                raise too_many(self.file, "rows", MAX_ROWS)
            try:
                self._take(row, _fields(header, cells))
            except RowRefused as refusal:
                self.refused_candidates += 1
                self._say(row, Outcome.REFUSED, str(refusal))
        self._notes.report(self.lines, self.file)
        for group in self._groups.values():
            item = group.item(self.file)
            fault = fault_of_best(item.known_best, item.candidates) if item.known_best else ""
            if fault:
                self._say(item.row, Outcome.NOTE, fault)
                item = replace(item, known_best="")
            yield item
        if not self._groups and "candidate" not in header:
            self.hints.append(what_is_missing("candidate", header, COLUMNS))

    def _header(self, row: int, cells: list[str]) -> list[str]:
        stated = [cell.strip() for cell in cells]
        while stated and not stated[-1]:
            stated.pop()
        other = renamed(stated, COLUMNS)
        names = [other.get(name, name.lower()) for name in stated]
        for note in renaming_notes(other):
            self._say(row, Outcome.NOTE, note)
        # Without a column of candidates, the edits are looked for in the folders of models.
        needed = OF_ITEMS + OF_EDITS if "candidate" in names else OF_ITEMS
        for name in needed:
            if name not in names:
                raise ImportRefused(
                    f"{self.file} line {row}: there is no column {name!r}; needed are"
                    f" {', '.join(OF_ITEMS + OF_EDITS)}: {what_is_missing(name, names, COLUMNS)}"
                )
        for name in filter(None, names):
            if names.count(name) > 1 and name in COLUMNS:
                raise ImportRefused(f"{self.file} line {row}: the column {name!r} is given twice")
            if name not in COLUMNS:
                self._say(row, Outcome.NOTE, f"the column {name[:60]!r} is not read")
        return names

    def _take(self, row: int, fields: dict[str, str]) -> None:
        values = Values(self._notes, row)
        instruction = values.instruction(fields["instruction"])
        if not fields["source"].strip():
            raise RowRefused("there is no source image")
        source = self._inside(fields["source"], "source")
        stated = {
            "category": values.text(fields.get("category"), "category", MAX_CATEGORY),
            "language": values.language(fields.get("language")),
            "sensitive": values.sensitive(fields.get("sensitive")),
            "known_best": values.known_best(fields.get("known_best")),
        }
        if "candidate" in fields:
            candidates = [self._candidate(row, fields, values)]
        else:
            source, edits = self._folders.pictures_of(source)
            licence = values.text(fields.get("licence"), "licence", MAX_LICENCE)
            candidates = [
                CandidateRow(row, path, name, licence=licence) for name, path in edits.items()
            ]
        key = source, comparable(instruction)
        # The candidate's licence is the source's where no column states another.
        own = fields.get("source_licence", "" if key in self._groups else candidates[0].licence)
        stated["licence"] = values.text(own, "source_licence", MAX_LICENCE)
        stated["origin"] = values.text(fields.get("source_origin"), "source_origin", MAX_ORIGIN)
        group = self._groups.setdefault(key, Group(row, instruction, source))
        for note in group.merge(row, stated):
            self._say(row, Outcome.NOTE, note)
        group.candidates += candidates

    def _candidate(self, row: int, fields: dict[str, str], values: Values) -> CandidateRow:
        return CandidateRow(
            row,
            self._inside(fields["candidate"], "candidate"),
            required(fields["generator"], "generator", MAX_GENERATOR),
            values.version(fields.get("version")),
            values.seed(fields.get("seed")),
            values.text(fields.get("licence"), "licence", MAX_LICENCE),
            values.text(fields.get("origin"), "origin", MAX_ORIGIN),
        )

    def _say(self, row: int, outcome: Outcome, reason: str) -> None:
        self.lines.append(Line(self.file, row, outcome, reason))


def _fields(header: list[str], cells: list[str]) -> dict[str, str]:
    """Return a record by column. Empty cells at its end may be missing or too many."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    least = 1 + max(header.index(name) for name in OF_ITEMS + OF_EDITS if name in header)
    if not least <= len(cells) <= len(header):
        raise RowRefused(f"it has {len(cells)} cells where the header has {len(header)}")
    return dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=True))


def _records(lines: Iterator[str], file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which the record starts, cells); empty lines are left out."""
    feed = _Feed(lines, file)
    reader = csv.reader(feed, delimiter=feed.delimiter, strict=True)
    line = feed.n_skipped
    while True:
        feed.start = start = line + 1
        feed.n_chars = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportRefused(f"{file} line {start}: not valid CSV ({error})") from None
        line = feed.n_skipped + reader.line_num
        if any(cell.strip() for cell in cells):
            yield start, cells


class _Feed:
    """The lines of a file for the CSV reader, with a limit to those of one record."""

    def __init__(self, lines: Iterator[str], file: str) -> None:
        first = next(lines, "")
        named = SEPARATOR.fullmatch(first.rstrip("\r\n"))
        self.n_skipped = 1 if named else 0
        first = next(lines, "") if named else first
        self.delimiter = named[1] if named else max(DELIMITERS, key=first.count)
        self.start, self.n_chars = 1, 0
        self._file = file
        self._lines = chain([first], lines)

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.n_chars += len(line)
            if self.n_chars > MAX_ROW_CHARS:
                raise row_too_long(self._file, f"line {self.start}")
            yield line
