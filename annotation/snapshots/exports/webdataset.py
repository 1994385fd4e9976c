"""WebDataset samples: source, first and second picture, and everything else as JSON."""

from collections.abc import Iterator
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import REASONS, Format, Request, reasons
from annotation.snapshots.exports.samples import Sample
from annotation.snapshots.exports.webdataset_shards import KEY

JSON_COLUMNS: Columns = {
    "instruction": "string",
    "outcome": "string",
    "votes": ["float64"],
    "confidence": "float64",
    "margin": "float64",
    "a": {},
    "b": {},
    "images": {},
    **REASONS,
}
OUTCOMES = {1: "a", -1: "b", 0: "tie"}


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for sample in request.samples():
        pictures = request.pictures_of(sample)
        if pictures is None:
            continue
        row: dict[str, Any] = {
            KEY: f"{sample.pair.label['comparison_id']}_{sample.pair.index}",
            "json": _described(sample),
        }
        if request.options.images == "embedded":
            for name, picture in zip(("src", "a", "b"), pictures, strict=True):
                ending = picture["path"].rpartition(".")[2]
                row[f"{name}.{ending}"] = picture["bytes"]
        yield sample.pair.label["split"], row


def _described(sample: Sample) -> dict[str, Any]:
    pair = sample.pair
    return {
        "instruction": pair.item["instruction"],
        "outcome": OUTCOMES[pair.outcome],
        "votes": sample.votes.distribution,
        "confidence": sample.confidence,
        "margin": pair.margin,
        "a": {"model": pair.first["generator"], "scores": pair.first_scores},
        "b": {"model": pair.second["generator"], "scores": pair.second_scores},
        "images": {
            "src": pair.item["source_sha256"],
            "a": pair.first["image_sha256"],
            "b": pair.second["image_sha256"],
        },
        **reasons(sample),
    }


FORMAT = Format(
    name="webdataset",
    title="WebDataset shards (tar with images)",
    about="One sample for each pair: source, a, b, and the outcome as JSON.",
    storage="webdataset",
    rows=_rows,
    columns=lambda _: JSON_COLUMNS,
    ties=("keep", "drop"),
    images=("embedded", "hash"),
    folder="data",
    loads=False,
)
