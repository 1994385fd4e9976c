"""Chosen/rejected JSON Lines with the images beside them: what preference trainers load."""

from collections.abc import Iterator, Sequence
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import Format, Request, reasons
from annotation.snapshots.exports.samples import Sample
from annotation.snapshots.format.reader import SnapshotReader


def every_slug(reader: SnapshotReader) -> list[str]:
    """Return the slugs of all versions: every row names them all, so that columns stay alike."""
    versions = reader.manifest["rubrics"].values()
    slugs = [each["slug"] for version in versions for each in version["dimensions"]]
    return list(dict.fromkeys([*reader.manifest["dimensions"], *slugs]))


def _columns(request: Request) -> Columns:
    scores = dict.fromkeys(every_slug(request.reader), "float64")
    texts = ("source_image", "chosen_image", "rejected_image")
    return {
        "instruction": "string",
        **dict.fromkeys(texts, "image"),
        "margin": "float64",
        "chosen_scores": scores,
        "rejected_scores": scores,
        "chosen_model": "string",
        "rejected_model": "string",
        "n_judgments": "int64",
        "resolved_by": "string",
        "item_id": "string",
        "comparison_id": "string",
        "split": "string",
        "lane": "string",
        "policy": "string",
        "propensity": "float64",
    }


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    slugs = every_slug(request.reader)
    for sample in request.chosen_first():
        pictures = request.pictures_of(sample)
        if pictures is not None:
            yield sample.pair.label["split"], _row(sample, pictures, slugs)


def _row(sample: Sample, pictures: Sequence[str], slugs: Sequence[str]) -> dict[str, Any]:
    pair = sample.pair
    why = reasons(sample)
    return {
        "instruction": pair.item["instruction"],
        "source_image": pictures[0],
        "chosen_image": pictures[1],
        "rejected_image": pictures[2],
        "margin": pair.margin,
        "chosen_scores": {slug: pair.first_scores.get(slug) for slug in slugs},
        "rejected_scores": {slug: pair.second_scores.get(slug) for slug in slugs},
        "chosen_model": pair.first["generator"],
        "rejected_model": pair.second["generator"],
        "n_judgments": why.pop("n_judgments"),
        "resolved_by": why.pop("resolved_by"),
        **why,
    }


FORMAT = Format(
    name="chosen-rejected",
    title="Chosen and rejected pairs (JSON Lines with images)",
    about="One row for each pair that people decided.",
    storage="jsonl",
    rows=_rows,
    columns=_columns,
    ties=("drop", "split"),
    images=("beside", "hash"),
)
