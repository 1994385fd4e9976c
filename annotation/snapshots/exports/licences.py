"""The licence and the origin of every picture of an export, as a table beside the rows."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from annotation.snapshots.format.reader import Row

FILE = "licences.csv"
COLUMNS = ("sha256", "licence", "origin")
UNKNOWN = "unknown"


class Licences:
    """Pictures with what their item or candidate says of them."""

    def __init__(self) -> None:
        self._rows: set[tuple[str, str, str]] = set()

    def add(self, item: Row, candidates: Sequence[Row]) -> None:
        """Note a source and edits of it."""
        self._rows.add((item["source_sha256"], *_terms(item)))
        for row in candidates:
            self._rows.add((row["image_sha256"], *_terms(row)))

    def hashes(self) -> set[str]:
        """Return the sha256 of every picture."""
        return {sha256 for sha256, _, _ in self._rows}

    def counts(self) -> dict[str, int]:
        """Return the number of pictures by licence, `unknown` for none; sorted."""
        return dict(sorted(Counter(licence or UNKNOWN for _, licence, _ in self._rows).items()))

    def write(self, out: Path) -> None:
        """Write `licences.csv`: a line for each picture and licence; empty: unknown."""
        with (out / FILE).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(sorted(self._rows))


def _terms(row: Row) -> tuple[str, str]:
    return row.get("licence") or "", row.get("origin") or ""
