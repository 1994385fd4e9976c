"""Pairs as HPDv3 writes them: the preferred image first, the votes, and their agreement."""

from collections.abc import Iterator, Sequence
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import REASONS, Format, Request, reasons
from annotation.snapshots.exports.samples import Sample

COLUMNS: Columns = {
    "prompt": "string",
    "choice_dist": ["float64"],
    "confidence": "float64",
    "path_src": "image",
    "path1": "image",
    "path2": "image",
    "model1": "string",
    "model2": "string",
    "tie_case": "bool",
    **REASONS,
}


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for sample in request.chosen_first():
        pictures = request.pictures_of(sample)
        if pictures is not None:
            yield sample.pair.label["split"], _row(sample, pictures)


def _row(sample: Sample, pictures: Sequence[str]) -> dict[str, Any]:
    pair = sample.pair
    return {
        "prompt": pair.item["instruction"],
        "choice_dist": sample.votes.distribution,
        "confidence": sample.confidence,
        "path_src": pictures[0],
        "path1": pictures[1],
        "path2": pictures[2],
        "model1": pair.first["generator"],
        "model2": pair.second["generator"],
        "tie_case": sample.tie,
        **reasons(sample),
    }


FORMAT = Format(
    name="hpdv3",
    title="HPDv3-style pairs with the votes (JSON with images)",
    about="One row for each pair that people decided, the preferred picture first.",
    storage="json",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("drop", "keep", "split"),
    images=("beside", "hash"),
)
