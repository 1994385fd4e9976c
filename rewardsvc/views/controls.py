"""The controls of a run as rows of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ABOUT = {
    "reward model": "the final model, as it is used",
    "shuffled instructions": "the model reads the instruction of another item",
    "swapped sources": "the model sees the source of another item",
    "no-op edit": "how often the preferred edit beats its untouched source",
    "generator mean": "each edit gets its generator’s mean result on other sources",
    "pixel difference": "the edit that changed more pixels, or fewer, wins",
}
_HUMANS = "how often one verdict is that of the majority of the others; no pairs held out"


@dataclass(frozen=True)
class ControlRow:
    """A control: cells for held-out accuracy and lead, out-of-fold accuracy and lead."""

    title: str
    about: str
    cells: tuple[Mapping[str, Any] | None, ...]


def control_rows(metrics: Mapping[str, Any]) -> list[ControlRow]:
    """Return the rows for a run's metrics; none for runs older than the controls."""
    controls = metrics.get("controls")
    if not controls:
        return []
    tables = [{row["name"]: row for row in controls[part]} for part in ("held_out", "out_of_fold")]
    rows = []
    for name, about in _ABOUT.items():
        cells: list[Mapping[str, Any] | None] = []
        for table in tables:
            row = table.get(name)
            cells += [_cell(row), None if row is None else row.get("lead")]
        rows.append(ControlRow(name.capitalize(), about, tuple(cells)))
    humans = _cell(controls["humans"])
    rows.append(ControlRow("People", _HUMANS, (humans, None, None, None)))
    return rows


def _cell(row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if row is None or "value" in row:
        return row
    return {"value": None, "low": None, "high": None, "n": None, "why": row["why"]}
