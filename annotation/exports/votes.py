"""The votes of a snapshot, by comparison: what models are compared with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from annotation.exports.reader import Row, SnapshotReader

COUNTING_LANES = frozenset({"coverage", "random", "disagreement"})


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
    """Yield each comparison that has a vote in force; rows of one comparison lie together."""
    voting = (
        row
        for row in reader.judgments()
        if row["in_force"] and row["ranks"] is not None and row["lane"] in COUNTING_LANES
    )
    for name, rows in groupby(voting, key=lambda row: row["comparison_id"]):
        judged = list(rows)
        yield ComparisonVotes(
            name,
            _triples(reader, judged[0]),
            ranks=[row["ranks"] for row in judged],
            # Snapshots of before have no such column.
            remarks=[json.loads(row.get("remarks") or "{}") for row in judged],
        )


def _triples(reader: SnapshotReader, row: Row) -> list[tuple[str, str, str]]:
    item = reader.items[row["item_id"]]
    return [
        (
            item["source_sha256"],
            reader.candidates[name]["image_sha256"],
            item["instruction_sha256"],
        )
        for name in row["candidate_ids"]
    ]
