"""Battles as Chatbot Arena's ranking code reads them: one for each vote and pair."""

from collections.abc import Iterator
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.samples import COLUMNS as VOTE_COLUMNS
from annotation.snapshots.exports.samples import Sample
from annotation.snapshots.format.reader import Row

COLUMNS: Columns = {
    "question_id": "string",
    "model_a": "string",
    "model_b": "string",
    "winner": "string",
    "judge": "string",
    "turn": "int64",
    "anony": "bool",
    "language": "string",
    "tstamp": "float64",
    "category": "string",
    "item_id": "string",
    "comparison_id": "string",
    "judgment_id": "string",
    "split": "string",
    "lane": "string",
    "policy": "string",
    "propensity": "float64",
}
_READ = (
    *VOTE_COLUMNS,
    *("judgment_id", "annotator", "shown_order", "created_at", "policy", "propensity"),
)


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    # Single votes: a pair without a majority has battles too.
    for sample in request.samples(decided=False, columns=_READ):
        request.pictures.licences.add(sample.pair.item, (sample.pair.first, sample.pair.second))
        for judgment in sample.judgments:
            battle = _battle(sample, judgment, request)
            if battle["winner"].startswith("tie") and request.options.ties == "drop":
                request.summary.leave_out("a vote for a tie")
            else:
                yield sample.pair.label["split"], battle


def _battle(sample: Sample, judgment: Row, request: Request) -> dict[str, Any]:
    pair = sample.pair
    names = judgment["candidate_ids"]
    shown = [judgment["shown_order"].index(names.index(name)) for name in _ids(sample)]
    a, b = (pair.first, pair.second) if shown[0] < shown[1] else (pair.second, pair.first)
    ranks = [judgment["ranks"][names.index(row["candidate_id"])] for row in (a, b)]
    annotator = judgment["annotator"]
    return {
        "question_id": f"{judgment['judgment_id']}_{pair.index}",
        "model_a": a["generator"],
        "model_b": b["generator"],
        "winner": _winner(ranks, judgment["tie_kind"]),
        "judge": request.people.get(annotator, annotator),
        "turn": 1,
        "anony": True,
        "language": pair.item.get("language") or "unknown",
        "tstamp": judgment["created_at"].timestamp(),
        "category": pair.item["category"],
        "item_id": pair.item["item_id"],
        "comparison_id": pair.label["comparison_id"],
        "judgment_id": judgment["judgment_id"],
        "split": pair.label["split"],
        "lane": judgment["lane"],
        "policy": judgment["policy"],
        "propensity": judgment["propensity"],
    }


def _ids(sample: Sample) -> tuple[str, str]:
    return sample.pair.first["candidate_id"], sample.pair.second["candidate_id"]


def _winner(ranks: list[int], tie_kind: str | None) -> str:
    if ranks[0] == ranks[1]:
        return "tie (bothbad)" if tie_kind == "bad" else "tie"
    return "model_a" if ranks[0] < ranks[1] else "model_b"


FORMAT = Format(
    name="arena",
    title="Arena battles (JSON, no images)",
    about="One row for each vote and pair: who was shown first, and who won.",
    storage="json",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("keep", "drop"),
    images=("hash",),
    people=True,
)
