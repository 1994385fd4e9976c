"""Chosen/rejected JSON Lines with the images beside them: what preference trainers load."""

import json
from pathlib import Path
from typing import Any

from annotation.exports.pairs import Pair, Target, pairs
from annotation.exports.reader import SnapshotReader, image_suffix
from annotation.exports.summary import Summary

DEFAULT_TARGET: Target = "verdict"


def write(reader: SnapshotReader, out: Path, target: Target) -> Summary:
    """Write `pairs.jsonl` and `images/`; ties and unresolved pairs are left out and counted."""
    images = _Images(reader, out / "images")
    summary = Summary()
    with (out / "pairs.jsonl").open("w", encoding="utf-8") as file:
        for pair in pairs(reader, target):
            if not pair.outcome:
                summary.leave_out("tie" if pair.outcome == 0 else "unresolved")
                continue
            file.write(json.dumps(_row(pair, images), ensure_ascii=False) + "\n")
            summary.rows += 1
    return summary


def _row(pair: Pair, images: "_Images") -> dict[str, Any]:
    chosen, rejected = (pair.first, pair.second)
    scores = (pair.first_scores, pair.second_scores)
    margin = pair.margin
    if pair.outcome == -1:
        chosen, rejected = rejected, chosen
        scores = scores[::-1]
        margin = -margin
    return {
        "instruction": pair.item["instruction"],
        "source_image": images.place(pair.item["source_sha256"]),
        "chosen_image": images.place(chosen["image_sha256"]),
        "rejected_image": images.place(rejected["image_sha256"]),
        "margin": margin,
        "chosen_scores": scores[0],
        "rejected_scores": scores[1],
        "chosen_model": chosen["generator"],
        "rejected_model": rejected["generator"],
        "n_judgments": pair.label["n_judgments"],
        "resolved_by": pair.label["resolved_by"],
        "item_id": pair.item["item_id"],
        "comparison_id": pair.label["comparison_id"],
        "split": pair.label["split"],
        "lane": pair.label["lane"],
        "policy": pair.label["policy"],
        "propensity": pair.label["propensity"],
    }


class _Images:
    """Copy each original once, under its hash and the suffix its content calls for."""

    def __init__(self, reader: SnapshotReader, folder: Path) -> None:
        self._reader = reader
        self._folder = folder
        self._names: dict[str, str] = {}
        folder.mkdir(exist_ok=True)

    def place(self, sha256: str) -> str:
        if sha256 not in self._names:
            data = self._reader.image(sha256)
            name = sha256 + image_suffix(data)
            (self._folder / name).write_bytes(data)
            self._names[sha256] = f"images/{name}"
        return self._names[sha256]
