"""TRL's preference format with an explicit prompt: a judge that sees three pictures says A or B.

TRL's chosen and rejected are text, so the candidates are named by letters. Which one is A follows
from a hash of the comparison and the pair: no letter is right more often.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import REASONS, Format, Request, reasons
from annotation.snapshots.exports.samples import Sample

TASK = (
    "The first picture was to be edited. The second is edit A, the third is edit B. Which edit "
    "follows the instruction better and looks better? Answer A or B.\nInstruction: {instruction}"
)
# A picture's part has no text: one type for all parts keeps the column readable as Parquet.
_PICTURE = {"type": "image", "text": None}
_PART: Columns = {"type": "string", "text": "string"}
_MESSAGES: list[Any] = [{"role": "string", "content": [_PART]}]
COLUMNS: Columns = {
    "images": ["image"],
    "prompt": _MESSAGES,
    "chosen": _MESSAGES,
    "rejected": _MESSAGES,
    "margin": "float64",
    "model_a": "string",
    "model_b": "string",
    **REASONS,
}


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for sample in request.chosen_first():
        pictures = request.pictures_of(sample)
        if pictures is not None:
            yield sample.pair.label["split"], _row(sample, pictures)


def _row(sample: Sample, pictures: Sequence[Any]) -> dict[str, Any]:
    pair = sample.pair
    source, chosen, rejected = pictures
    a_is_chosen = _chosen_is_a(sample)
    a, b = (chosen, rejected) if a_is_chosen else (rejected, chosen)
    models = [pair.first["generator"], pair.second["generator"]]
    letters = ["A", "B"]
    if not a_is_chosen:
        models.reverse()
        letters.reverse()
    task = TASK.format(instruction=pair.item["instruction"])
    return {
        "images": [source, a, b],
        "prompt": [_message("user", _PICTURE, _PICTURE, _PICTURE, _text(task))],
        "chosen": [_message("assistant", _text(letters[0]))],
        "rejected": [_message("assistant", _text(letters[1]))],
        "margin": pair.margin,
        "model_a": models[0],
        "model_b": models[1],
        **reasons(sample),
    }


def _chosen_is_a(sample: Sample) -> bool:
    pair = sample.pair
    # The same for both orders of a split tie, so that its rows show the pictures in one order.
    name = f"{pair.label['comparison_id']}_{pair.index}"
    canonical_is_a = sha256(name.encode()).digest()[0] % 2 == 0
    names: list[str] = pair.label["candidate_ids"]
    first, second = (names.index(row["candidate_id"]) for row in (pair.first, pair.second))
    return canonical_is_a == (first < second)


def _message(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "content": list(parts)}


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


FORMAT = Format(
    name="trl-preference",
    title="TRL preference rows for a judge of pictures (Parquet with images)",
    about="One row for each pair that people decided: a judge sees source, A and B, and names one.",
    storage="parquet",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("drop", "split"),
    images=("embedded", "hash"),
    folder="data",
)
