"""Chosen/rejected JSON Lines with the images beside them: what preference trainers load."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from annotation.exports.card import SPLITS, Features, write_card
from annotation.exports.pairs import Pair, Rule, Target, pairs
from annotation.exports.reader import SnapshotReader, image_suffix
from annotation.exports.summary import Summary

DEFAULT_TARGET: Target = "verdict"
_TYPES = {"margin": "float64", "n_judgments": "int64", "propensity": "float64"}


def default_overall(reader: SnapshotReader) -> tuple[str, ...]:
    """Return every dimension of the rubric."""
    return tuple(reader.manifest["dimensions"])


def write(reader: SnapshotReader, out: Path, rule: Rule) -> Summary:
    """Write `train.jsonl`, `held_out.jsonl`, `images/` and a data card.

    A split without pairs has no file. Ties and unresolved pairs are left out and counted.
    """
    images = _Images(reader, out / "images")
    summary = Summary()
    slugs = _every_dimension(reader)
    columns: list[str] = []
    files: dict[str, TextIO] = {}
    with ExitStack() as stack:
        for pair in pairs(reader, rule):
            if pair.problem or pair.outcome == 0:
                summary.leave_out(pair.problem or "tie")
                continue
            split = pair.label["split"]
            if split not in files:
                path = out / f"{split}.jsonl"
                files[split] = stack.enter_context(path.open("w", encoding="utf-8"))
            row = _row(pair, images, slugs)
            files[split].write(json.dumps(row, ensure_ascii=False) + "\n")
            columns = list(row)
            summary.add(split)
    write_card(
        out,
        title="Chosen and rejected edits",
        about="One row for each pair that people decided; columns: docs/formats of EditJury.",
        files={split: f"{split}.jsonl" for split in SPLITS},
        features=_features(columns, slugs),
    )
    return summary


def _every_dimension(reader: SnapshotReader) -> list[str]:
    """Return the slugs of all versions: every row names them all, so that columns stay alike."""
    versions = reader.manifest["rubrics"].values()
    slugs = [each["slug"] for version in versions for each in version["dimensions"]]
    return list(dict.fromkeys([*reader.manifest["dimensions"], *slugs]))


def _features(columns: Sequence[str], slugs: Sequence[str]) -> Features:
    scores = dict.fromkeys(slugs, "float64")
    return {
        name: scores if name.endswith("_scores") else _TYPES.get(name, "string") for name in columns
    }


def _row(pair: Pair, images: "_Images", slugs: Sequence[str]) -> dict[str, Any]:
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
        "chosen_scores": {slug: scores[0].get(slug) for slug in slugs},
        "rejected_scores": {slug: scores[1].get(slug) for slug in slugs},
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
