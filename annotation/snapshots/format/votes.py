"""The votes of a snapshot, by pair and by comparison: what models learn from and are held to."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Any

from annotation.snapshots.format.lanes import COUNTING_LANES
from annotation.snapshots.format.reader import Row, SnapshotReader

#: (comparison, first candidate, second candidate) to 1, 0 or -1 of every vote.
PairVotes = dict[tuple[str, str, str], list[int]]


def is_vote(judgment: Mapping[str, Any]) -> bool:
    """Whether a judgment counts: it is in force, in a counting lane, and ranks its candidates."""
    return bool(
        judgment["in_force"]
        and judgment["lane"] in COUNTING_LANES
        and judgment["ranks"] is not None
    )


def outcomes(judgment: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield each pair of a judgment's candidates with 1 = first preferred, -1 = second, 0 = tie."""
    ranked = list(zip(judgment["candidate_ids"], judgment["ranks"], strict=False))
    for (first, rank), (second, other_rank) in combinations(ranked, 2):
        yield first, second, (other_rank > rank) - (other_rank < rank)


def pair_votes(judgments: Iterable[Mapping[str, Any]]) -> PairVotes:
    """Return the votes among the judgments, pair by pair in canonical order."""
    found: PairVotes = defaultdict(list)
    for row in filter(is_vote, judgments):
        for first, second, outcome in outcomes(row):
            found[row["comparison_id"], first, second].append(outcome)
    return dict(found)


@dataclass(frozen=True)
class ComparisonVotes:
    """The votes on one comparison.

    triples: (source, edit, instruction) sha256 per canonical candidate; ranks: (n_votes, k),
    1 = best, equal = tie; remarks: (n_votes,), described in docs/snapshot-format.md, {} where
    there are none.
    """

    comparison_id: str
    triples: list[tuple[str, str, str]]
    ranks: list[list[int]]
    remarks: list[dict[str, Any]]


def comparison_votes(reader: SnapshotReader) -> Iterator[ComparisonVotes]:
    """Yield each comparison that has a vote; rows of one comparison lie together.

    In memory are one part and the hashes of what was judged, however much more was imported.
    """
    hashes = _Hashes.of_judged(reader)
    voting = filter(is_vote, reader.judgments())
    for name, rows in groupby(voting, key=lambda row: row["comparison_id"]):
        judged = list(rows)
        yield ComparisonVotes(
            name,
            hashes.triples(judged[0]),
            ranks=[row["ranks"] for row in judged],
            # Older snapshots have no such column.
            remarks=[json.loads(row.get("remarks") or "{}") for row in judged],
        )


@dataclass(frozen=True)
class _Hashes:
    """The content hashes of items and candidates that have a vote."""

    of_item: dict[str, tuple[str, str]]
    of_candidate: dict[str, str]

    @classmethod
    def of_judged(cls, reader: SnapshotReader) -> "_Hashes":
        items: set[str] = set()
        candidates: set[str] = set()
        columns = ("item_id", "candidate_ids", "in_force", "lane", "ranks")
        for row in filter(is_vote, reader.rows("judgments", columns)):
            items.add(row["item_id"])
            candidates.update(row["candidate_ids"])
        return cls(
            {
                row["item_id"]: (row["source_sha256"], row["instruction_sha256"])
                for row in reader.rows("items", ("item_id", "source_sha256", "instruction_sha256"))
                if row["item_id"] in items
            },
            {
                row["candidate_id"]: row["image_sha256"]
                for row in reader.rows("candidates", ("candidate_id", "image_sha256"))
                if row["candidate_id"] in candidates
            },
        )

    def triples(self, row: Row) -> list[tuple[str, str, str]]:
        source, instruction = self.of_item[row["item_id"]]
        return [(source, self.of_candidate[name], instruction) for name in row["candidate_ids"]]
