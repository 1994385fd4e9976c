"""A data set for the Hugging Face Hub: comparisons with rankings, the single votes, and a card."""

from collections.abc import Iterator
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.data_card import described, front_matter
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.samples import COLUMNS as VOTE_COLUMNS
from annotation.snapshots.exports.samples import voted_labels
from annotation.snapshots.exports.selection import confidence_of, group_refusal
from annotation.snapshots.format.reader import Row

COLUMNS: Columns = {
    "comparison_id": "string",
    "item_id": "string",
    "instruction": "string",
    "category": "string",
    "language": "string",
    "source_image": "image",
    "candidate_images": ["image"],
    "generators": ["string"],
    "ranks": ["int8"],
    "pair_outcomes": ["int8"],
    "dimensions": ["string"],
    "mean_scores": [["float64"]],
    "votes": [
        {
            "annotator": "string",
            "ranks": ["int8"],
            "scores": [["int8"]],
            "tie_kind": "string",
            "shown_order": ["int8"],
            "active_ms": "int32",
            "note": "string",
        }
    ],
    "n_judgments": "int16",
    "resolved_by": "string",
    "split": "string",
    "lane": "string",
    "policy": "string",
    "propensity": "float64",
    "source_licence": "string",
    "source_origin": "string",
    "candidate_licences": ["string"],
    "candidate_origins": ["string"],
}
_READ = (*VOTE_COLUMNS, "annotator", "shown_order", "active_ms", "note")
_VOTE = ("ranks", "scores", "tie_kind", "shown_order", "active_ms")


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for label, judgments in voted_labels(request.reader, _READ):
        item = request.reader.items[label["item_id"]]
        candidates = [request.reader.candidates[name] for name in label["candidate_ids"]]
        refusal = group_refusal(request.options, label, item, candidates)
        if not refusal and confidence_of(label, judgments) < request.options.confidence:
            refusal = "fewer votes agree than asked for"
        if refusal:
            request.summary.leave_out(refusal)
            continue
        pictures = request.pictures_or_count(item, candidates)
        if pictures is not None:
            votes = [_vote(row, request) for row in judgments]
            yield label["split"], _row(label, item, candidates, pictures) | {"votes": votes}


def _row(label: Row, item: Row, candidates: list[Row], pictures: list[Any]) -> dict[str, Any]:
    copied = ("comparison_id", "item_id", "ranks", "pair_outcomes", "dimensions", "mean_scores")
    why = ("n_judgments", "resolved_by", "split", "lane", "policy", "propensity")
    return {
        "instruction": item["instruction"],
        "category": item["category"],
        "language": item.get("language", ""),
        "source_image": pictures[0],
        "candidate_images": pictures[1:],
        "generators": [row["generator"] for row in candidates],
        **{name: label[name] for name in (*copied, *why)},
        "source_licence": item["licence"],
        "source_origin": item["origin"],
        "candidate_licences": [row["licence"] for row in candidates],
        "candidate_origins": [row["origin"] for row in candidates],
    }


def _vote(judgment: Row, request: Request) -> dict[str, Any]:
    annotator = judgment["annotator"]
    return {
        "annotator": request.people.get(annotator, annotator),
        **{name: judgment[name] for name in _VOTE},
        "note": judgment["note"] if request.options.notes else None,
    }


FORMAT = Format(
    name="hugging-face",
    title="Hugging Face data set with a card (Parquet with images)",
    about="One row for each comparison: its pictures, its ranking, and every vote.",
    storage="parquet",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("keep", "drop"),
    folder="data",
    people=True,
    meta=front_matter,
    text=described,
)
