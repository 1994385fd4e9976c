"""Items and candidates from rows that each show a source and two edits of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from annotation.errors import ImportRefused
from annotation.items.imports.manifests.text_stream import MAX_ROWS, too_many
from annotation.items.imports.manifests.values import required
from annotation.items.imports.report import Line, LineList, Outcome
from annotation.items.imports.rows import (
    MAX_CANDIDATES,
    MAX_GENERATOR,
    MAX_INSTRUCTION,
    CandidateRow,
    ItemRow,
    RowRefused,
)
from annotation.items.imports.tables.layouts import Layout
from annotation.items.imports.tables.parquet import ParquetPictures


@dataclass
class _Item:
    """An item as its rows tell it. edits: by generator, the hash and the row of the picture."""

    file: str
    row: int
    instruction: str
    source: str
    edits: dict[str, tuple[str, CandidateRow]] = field(default_factory=dict)


@dataclass
class PairRows:
    """The rows of all files as items. lines: refused rows and notes."""

    lines: LineList = field(default_factory=LineList)
    refused_items: int = 0
    refused_candidates: int = 0
    _items: dict[tuple[str, str], _Item] = field(default_factory=dict)

    def read(self, container: ParquetPictures) -> list[ItemRow]:
        """Return the items of a container: rows of one instruction and source are one.

        Raises ImportRefused for a table of unknown columns, and for too many items.
        """
        for file, layout, rows in container.tables():
            n_rows = 0
            for n_rows, values in enumerate(rows, start=1):
                self._take(file, layout, n_rows, values)
                if len(self._items) > MAX_ROWS:
                    raise too_many(container.name, "items", MAX_ROWS)
            note = f"{layout.name}: {n_rows} rows; votes and scores are not imported"
            self.lines.append(Line(file, None, Outcome.NOTE, note))
        if not self._items and not self.refused_items:
            raise ImportRefused(f"{container.name}: the table holds no rows")
        return [
            ItemRow(
                item.file,
                item.row,
                item.instruction,
                item.source,
                tuple(candidate for _, candidate in item.edits.values()),
            )
            for item in self._items.values()
        ]

    def _take(self, file: str, layout: Layout, row: int, values: Mapping[str, Any]) -> None:
        try:
            instruction = required(values[layout.instruction], "instruction", MAX_INSTRUCTION)
            key = (instruction, _hash(values[layout.source], layout.source))
        except RowRefused as refusal:
            self.refused_items += 1
            self.lines.append(Line(file, row, Outcome.REFUSED, str(refusal)))
            return
        at = f"{file}/{row}"
        item = self._items.setdefault(key, _Item(file, row, instruction, f"{at}/{layout.source}"))
        for picture, model in layout.edits:
            try:
                self._add(item, values, (picture, model), CandidateRow(row, f"{at}/{picture}", ""))
            except RowRefused as refusal:
                self.refused_candidates += 1
                self.lines.append(Line(file, row, Outcome.REFUSED, f"{picture}: {refusal}"))

    def _add(
        self, item: _Item, values: Mapping[str, Any], columns: tuple[str, str], at: CandidateRow
    ) -> None:
        picture, model = columns
        generator = required(values[model], model, MAX_GENERATOR)
        digest = _hash(values[picture], picture)
        known = item.edits.get(generator)
        if known is None and len(item.edits) == MAX_CANDIDATES:
            raise RowRefused(f"more than {MAX_CANDIDATES} candidates")
        if known is None:
            item.edits[generator] = (digest, CandidateRow(at.row, at.path, generator))
        elif known[0] != digest:
            raise RowRefused(f"another picture by {generator} than in row {known[1].row}")


def _hash(picture: Mapping[str, Any] | None, column: str) -> str:
    if picture is None or not picture["bytes"]:
        raise RowRefused(f"{column} holds no picture")
    return sha256(picture["bytes"]).hexdigest()
