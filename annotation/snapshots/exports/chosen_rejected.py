"""Chosen/rejected JSON Lines with the images beside them: what preference trainers load."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from annotation.snapshots.exports.card import SPLITS, Features, write_card
from annotation.snapshots.exports.images import LOST, PairImages
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.format.images import image_suffix
from annotation.snapshots.format.pairs import Pair, Rule, Target, pairs
from annotation.snapshots.format.reader import SnapshotReader

DEFAULT_TARGET: Target = "verdict"
_TYPES = {"margin": "float64", "n_judgments": "int64", "propensity": "float64"}


def default_overall(reader: SnapshotReader) -> tuple[str, ...]:
    """Return every dimension of the rubric."""
    return tuple(reader.manifest["dimensions"])


def write(reader: SnapshotReader, out: Path, rule: Rule) -> Summary:
    """Write `train.jsonl`, `held_out.jsonl`, `images/` and a data card.

    A split without pairs has no file. Ties, unresolved pairs and those of which an image is lost
    are left out and counted.
    """
    originals = _Originals(reader, out / "images")
    images = PairImages(originals.load)
    summary = Summary()
    slugs = _every_dimension(reader)
    columns: list[str] = []
    files: dict[str, TextIO] = {}
    with ExitStack() as stack:
        for pair in pairs(reader, rule):
            if pair.problem or pair.outcome == 0:
                summary.leave_out(pair.problem or "tie")
                continue
            # All three are read before the first is written: a lost one leaves no stray file.
            loaded = images.of(pair)
            if loaded is None:
                summary.leave_out(LOST)
                continue
            split = pair.label["split"]
            if split not in files:
                path = out / f"{split}.jsonl"
                files[split] = stack.enter_context(path.open("w", encoding="utf-8"))
            row = _row(pair, [originals.store(each) for each in loaded], slugs)
            files[split].write(json.dumps(row, ensure_ascii=False) + "\n")
            columns = list(row)
            summary.add(split)
    summary.unusable_images = images.unusable.rows()
    write_card(
        out,
        title="Chosen and rejected edits",
        about="One row for each pair that people decided; columns: docs/formats of EditJury.",
        files={split: f"{split}.jsonl" for split in SPLITS},
        rows=summary.splits,
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


def _row(pair: Pair, paths: Sequence[str], slugs: Sequence[str]) -> dict[str, Any]:
    source_image, chosen_image, rejected_image = paths
    chosen, rejected = (pair.first, pair.second)
    scores = (pair.first_scores, pair.second_scores)
    margin = pair.margin
    if pair.outcome == -1:
        chosen, rejected = rejected, chosen
        chosen_image, rejected_image = rejected_image, chosen_image
        scores = scores[::-1]
        margin = -margin
    return {
        "instruction": pair.item["instruction"],
        "source_image": source_image,
        "chosen_image": chosen_image,
        "rejected_image": rejected_image,
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


@dataclass(frozen=True)
class _Original:
    """An original and its file name; data: None where the file is written already."""

    sha256: str
    name: str
    data: bytes | None


class _Originals:
    """Copy each original once, named by its hash and the suffix of its format."""

    def __init__(self, reader: SnapshotReader, folder: Path) -> None:
        self._reader = reader
        self._folder = folder
        self._names: dict[str, str] = {}
        folder.mkdir(exist_ok=True)

    def load(self, sha256: str) -> _Original:
        """Return an original, without writing it. Raises ImageLost."""
        if sha256 in self._names:
            return _Original(sha256, self._names[sha256], None)
        data = self._reader.image(sha256)
        return _Original(sha256, sha256 + image_suffix(data), data)

    def store(self, original: _Original) -> str:
        """Write an original unless it is written already; return its path in the export."""
        if original.data is not None:
            (self._folder / original.name).write_bytes(original.data)
            self._names[original.sha256] = original.name
        return f"images/{original.name}"
