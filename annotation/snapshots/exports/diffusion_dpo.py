"""Rows for preference training of diffusion editors: a source, the better and the worse edit."""

from collections.abc import Iterator
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import REASONS, Format, Request, reasons

COLUMNS: Columns = {
    "source_image": "image",
    "instruction": "string",
    "chosen_image": "image",
    "rejected_image": "image",
    "margin": "float64",
    "weight": "float64",
    "tie": "bool",
    "chosen_model": "string",
    "rejected_model": "string",
    **REASONS,
}


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for sample in request.chosen_first():
        pictures = request.pictures_of(sample)
        if pictures is None:
            continue
        pair = sample.pair
        yield (
            pair.label["split"],
            {
                "source_image": pictures[0],
                "instruction": pair.item["instruction"],
                "chosen_image": pictures[1],
                "rejected_image": pictures[2],
                "margin": pair.margin,
                "weight": 0.5 if sample.tie else sample.confidence,
                "tie": sample.tie,
                "chosen_model": pair.first["generator"],
                "rejected_model": pair.second["generator"],
                **reasons(sample),
            },
        )


FORMAT = Format(
    name="diffusion-dpo",
    title="Diffusion-DPO rows (Parquet with images)",
    about="One row for each decided pair: the source, the chosen and the rejected edit.",
    storage="parquet",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("drop", "split"),
    folder="data",
)
