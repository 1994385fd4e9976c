"""The votes of a snapshot, by comparison: what models are compared with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from annotation.snapshots.format.lanes import COUNTING_LANES
from annotation.snapshots.format.reader import Row, SnapshotReader


@dataclass(frozen=True)
class ComparisonVotes:
    """The votes in force on one comparison.

    triples: (source, edit, instruction) sha256 per canonical candidate; ranks: (n_votes, k),
    1 = best, equal = tie; remarks: (n_votes,), as docs/snapshot-format.md tells them, {} where
    there are none.
    """

    comparison_id: str
    triples: list[tuple[str, str, str]]
    ranks: list[list[int]]
    remarks: list[dict[str, Any]]


def votes(reader: SnapshotReader) -> Iterator[ComparisonVotes]:
    """Yield each comparison that has a vote in force; rows of one comparison lie together.

    In memory are one part and the hashes of what was judged, however much more was imported.
    """
    hashes = _Hashes.of_judged(reader)
    for name, rows in groupby(_voting(reader), key=lambda row: row["comparison_id"]):
        judged = list(rows)
        yield ComparisonVotes(
            name,
            hashes.triples(judged[0]),
            ranks=[row["ranks"] for row in judged],
            # Snapshots of before have no such column.
            remarks=[json.loads(row.get("remarks") or "{}") for row in judged],
        )


def _voting(reader: SnapshotReader) -> Iterator[Row]:
    for row in reader.judgments():
        if row["in_force"] and row["ranks"] is not None and row["lane"] in COUNTING_LANES:
            yield row


@dataclass(frozen=True)
class _Hashes:
    """The content hashes of items and candidates that have a vote."""

    of_item: dict[str, tuple[str, str]]
    of_candidate: dict[str, str]

    @classmethod
    def of_judged(cls, reader: SnapshotReader) -> "_Hashes":
        items: set[str] = set()
        candidates: set[str] = set()
        for row in _voting(reader):
            items.add(row["item_id"])
            candidates.update(row["candidate_ids"])
        return cls(
            {
                row["item_id"]: (row["source_sha256"], row["instruction_sha256"])
                for row in reader.columns("items", "item_id", "source_sha256", "instruction_sha256")
                if row["item_id"] in items
            },
            {
                row["candidate_id"]: row["image_sha256"]
                for row in reader.columns("candidates", "candidate_id", "image_sha256")
                if row["candidate_id"] in candidates
            },
        )

    def triples(self, row: Row) -> list[tuple[str, str, str]]:
        source, instruction = self.of_item[row["item_id"]]
        return [(source, self.of_candidate[name], instruction) for name in row["candidate_ids"]]
