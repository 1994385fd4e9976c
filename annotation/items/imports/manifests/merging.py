"""Merge the rows of one item: what makes it sensitive holds, other contradictions are noted."""

from dataclasses import dataclass, field

from annotation.items.imports.rows import CandidateRow, ItemRow


@dataclass
class Group:
    """The rows of one item. row: the first of them."""

    row: int
    instruction: str
    source: str
    candidates: list[CandidateRow] = field(default_factory=list)
    # Field -> (its value, the row that states it).
    _values: dict[str, tuple[str, int]] = field(default_factory=dict)

    def merge(self, row: int, stated: dict[str, str]) -> list[str]:
        """Take the values of a row that no earlier row states; return notes on what differs."""
        notes = []
        for name, value in stated.items():
            kept, of_row = self._values.get(name, ("", row))
            if not value or value == kept:
                continue
            if kept:
                notes.append(f"{name} {value!r} differs from {kept!r} in row {of_row}, which holds")
                continue
            self._values[name] = value, row
            if row != self.row:
                notes.append(f"{name} {value!r} holds for the whole item of row {self.row}")
        return notes

    def item(self, file: str) -> ItemRow:
        """Return the item that the rows make together."""
        values = {name: value for name, (value, _) in self._values.items()}
        return ItemRow(
            file, self.row, self.instruction, self.source, tuple(self.candidates), **values
        )
