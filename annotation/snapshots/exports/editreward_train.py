"""The JSON that EditReward's training code loads: `path1` is always the preferred picture."""

from collections.abc import Iterator, Sequence
from typing import Any

from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.editreward_data import DIMENSIONS, published_overall, unscored
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.samples import Sample
from annotation.snapshots.format.pairs import Pair

_SCORES = ("dim1_score", "dim2_score", "overall_score")
COLUMNS: Columns = {
    "prompt": "string",
    "choice_dist": ["float64"],
    "confidence": "float64",
    "path_src": "image",
    "path1": "image",
    "path2": "image",
    "model1": "string",
    "model2": "string",
    **{f"model1_{name}": "float64" for name in _SCORES},
    **{f"model2_{name}": "float64" for name in _SCORES},
    "tie_case": "bool",
}


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    published_overall(request.reader)
    for sample in request.chosen_first():
        if problem := unscored(sample.pair):
            request.summary.leave_out(problem)
            continue
        pictures = request.pictures_of(sample)
        if pictures is not None:
            yield sample.pair.label["split"], _row(sample, pictures)


def _row(sample: Sample, pictures: Sequence[str]) -> dict[str, Any]:
    pair = sample.pair
    voted = sample.votes.n > 0
    return {
        "prompt": pair.item["instruction"],
        "choice_dist": sample.votes.distribution if voted else None,
        "confidence": sample.confidence if voted else None,
        "path_src": pictures[0],
        "path1": pictures[1],
        "path2": pictures[2],
        "model1": pair.first["generator"],
        "model2": pair.second["generator"],
        **_scores(pair),
        "tie_case": sample.tie,
    }


def _scores(pair: Pair) -> dict[str, float]:
    found: dict[str, float] = {}
    sides = ((pair.first_scores, pair.first_overall), (pair.second_scores, pair.second_overall))
    for number, (scores, overall) in enumerate(sides, 1):
        values = (*(scores[slug] for slug in DIMENSIONS), overall)
        found |= {
            f"model{number}_{name}": value for name, value in zip(_SCORES, values, strict=True)
        }
    return found


FORMAT = Format(
    name="editreward-train",
    title="EditReward train.json (JSON with images)",
    about="One row for each pair, the preferred picture first; a tie once in each order.",
    storage="json",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("split", "drop"),
    images=("beside", "hash"),
    target="scores",
    overall=published_overall,
    pooling=True,
)
