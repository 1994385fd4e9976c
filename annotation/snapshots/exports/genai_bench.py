"""The columns of GenAI-Bench's image edition: two edits, and what people voted."""

from collections.abc import Iterator
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import REASONS, Format, Request, reasons
from annotation.snapshots.exports.samples import Sample

COLUMNS: Columns = {
    "source_prompt": "string",
    "target_prompt": "string",
    "instruct_prompt": "string",
    "source_image": "image",
    "left_model": "string",
    "left_output_image": "image",
    "right_model": "string",
    "right_output_image": "image",
    "vote_type": "string",
    **REASONS,
}


def vote_type(sample: Sample) -> str:
    """Return GenAI-Bench's name of an outcome.

    A tie is `bothbad_vote` where more than half of the votes that call it a tie call both bad.
    """
    if sample.pair.outcome:
        return "leftvote" if sample.pair.outcome == 1 else "rightvote"
    return "bothbad_vote" if 2 * sample.votes.bad > sample.votes.tie else "tievote"


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for sample in request.samples():
        pictures = request.pictures_of(sample)
        if pictures is None:
            continue
        pair = sample.pair
        yield (
            pair.label["split"],
            {
                "source_prompt": "",
                "target_prompt": "",
                "instruct_prompt": pair.item["instruction"],
                "source_image": pictures[0],
                "left_model": pair.first["generator"],
                "left_output_image": pictures[1],
                "right_model": pair.second["generator"],
                "right_output_image": pictures[2],
                "vote_type": vote_type(sample),
                **reasons(sample),
            },
        )


FORMAT = Format(
    name="genai-bench",
    title="GenAI-Bench image edition (Parquet with images)",
    about="One row for each pair, with the majority of the votes.",
    storage="parquet",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("keep", "drop"),
    folder="data",
)
