"""The columns of EditReward-Data as Parquet shards with the images inside.

Left and right are the canonical first and second candidate (by content hash), not a screen side.
Scores are means over the judges; overall is the sum of the rule's dimensions, by default the two
published ones, and the vote is decided by that same overall. A few columns beyond the published
ones say why a pair was judged, so that a sample can be reweighted.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from annotation.errors import DomainError
from annotation.snapshots.exports.columns import Columns
from annotation.snapshots.exports.request import Format, Request
from annotation.snapshots.exports.samples import Sample
from annotation.snapshots.format.pairs import UNSCORED, Pair
from annotation.snapshots.format.reader import SnapshotReader

DIMENSIONS = ("instruction_following", "visual_quality")
VOTES = {1: "leftvote", -1: "rightvote", 0: "tie"}

_SCORES = ("overall_score", "instruction_following_score", "quality_aesthetic_score")
COLUMNS: Columns = {
    "key": "string",
    "unique_key": "string",
    "pair_index": "int32",
    "instruction": "string",
    "source_img": "image",
    "left_output_image": "image",
    "right_output_image": "image",
    "left_model": "string",
    "right_model": "string",
    **{f"left_{name}": "float32" for name in _SCORES},
    **{f"right_{name}": "float32" for name in _SCORES},
    "vote_type": "string",
    "metadata_index": "int32",
    "left_img_rel": "string",
    "right_img_rel": "string",
    "split": "string",
    "n_judgments": "int16",
    "lane": "string",
    "policy": "string",
    "propensity": "float64",
}


def published_overall(reader: SnapshotReader) -> tuple[str, ...]:
    """Return the two published dimensions.

    Raises DomainError when the rubric lacks one of them: the format has a column for each.
    """
    missing = set(DIMENSIONS) - set(reader.manifest["dimensions"])
    if missing:
        raise DomainError(f"the rubric has no dimension {min(missing)!r}; this format needs it")
    return DIMENSIONS


def unscored(pair: Pair) -> str:
    """Return why a pair lacks one of the published dimensions, "" where it has both."""
    # Both published columns are written, whichever dimensions the overall is made of.
    return "" if set(DIMENSIONS) <= set(pair.first_scores) else UNSCORED


def _rows(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    published_overall(request.reader)
    for sample in request.samples():
        if problem := unscored(sample.pair):
            request.summary.leave_out(problem)
            continue
        pictures = request.pictures_of(sample)
        if pictures is not None:
            yield sample.pair.label["split"], _row(sample, pictures)


def _row(sample: Sample, pictures: Sequence[Any]) -> dict[str, Any]:
    pair = sample.pair
    source, left, right = pictures
    return {
        "key": pair.item["item_id"],
        "unique_key": f"{pair.label['comparison_id']}_{pair.index}",
        "pair_index": pair.index,
        "instruction": pair.item["instruction"],
        "source_img": source,
        "left_output_image": left,
        "right_output_image": right,
        "left_model": pair.first["generator"],
        "right_model": pair.second["generator"],
        **_scores("left", pair.first_scores, pair.first_overall),
        **_scores("right", pair.second_scores, pair.second_overall),
        "vote_type": VOTES[pair.outcome],
        "metadata_index": pair.number,
        "left_img_rel": _name(left),
        "right_img_rel": _name(right),
        **{
            name: pair.label[name]
            for name in ("split", "n_judgments", "lane", "policy", "propensity")
        },
    }


def _name(picture: dict[str, Any] | str) -> str:
    return picture if isinstance(picture, str) else str(picture["path"])


def _scores(side: str, scores: dict[str, float], overall: float) -> dict[str, float]:
    following, quality = (scores[name] for name in DIMENSIONS)
    return {
        f"{side}_overall_score": overall,
        f"{side}_instruction_following_score": following,
        f"{side}_quality_aesthetic_score": quality,
    }


def _overall(request: Request) -> list[str]:
    return [f"overall = {' + '.join(request.rule.overall)}"]


FORMAT = Format(
    name="editreward-data",
    title="EditReward-Data columns (Parquet with images)",
    about="Preference pairs with the columns of EditReward-Data.",
    storage="parquet",
    rows=_rows,
    columns=lambda _: COLUMNS,
    ties=("keep", "drop"),
    target="scores",
    overall=published_overall,
    folder="data",
    pooling=True,
    text=_overall,
)
