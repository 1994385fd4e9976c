"""The columns of EditReward-Data as Parquet shards with the images inside.

Left and right are the canonical first and second candidate (by content hash), not a screen side.
Scores are means over the judges; overall is the sum of the rule's dimensions, by default the two
published ones, and the vote is decided by that same overall. A few columns beyond the published
ones say why a pair was judged, so that a sample can be reweighted.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.errors import DomainError
from annotation.exports.card import SPLITS, write_card
from annotation.exports.pairs import UNSCORED, Pair, Rule, Target, pairs
from annotation.exports.reader import SnapshotReader, image_suffix
from annotation.exports.summary import Summary

DEFAULT_TARGET: Target = "scores"
DIMENSIONS = ("instruction_following", "visual_quality")
VOTES = {1: "leftvote", -1: "rightvote", 0: "tie"}

# Rows of one group share their images in its dictionaries; the group is what sits in memory.
GROUP_ROWS = 64
SHARD_GROUPS = 16

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_IMAGE_COLUMNS = ("source_img", "left_output_image", "right_output_image")
_SCORES = ("overall_score", "instruction_following_score", "quality_aesthetic_score")
SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("unique_key", pa.string()),
        ("pair_index", pa.int32()),
        ("instruction", pa.string()),
        *((name, _IMAGE) for name in _IMAGE_COLUMNS),
        ("left_model", pa.string()),
        ("right_model", pa.string()),
        *((f"left_{name}", pa.float32()) for name in _SCORES),
        *((f"right_{name}", pa.float32()) for name in _SCORES),
        ("vote_type", pa.string()),
        ("metadata_index", pa.int32()),
        ("left_img_rel", pa.string()),
        ("right_img_rel", pa.string()),
        ("split", pa.string()),
        ("n_judgments", pa.int16()),
        ("lane", pa.string()),
        ("policy", pa.string()),
        ("propensity", pa.float64()),
    ],
    # Lets the `datasets` library decode the image columns.
    metadata={
        "huggingface": json.dumps(
            {"info": {"features": {name: {"_type": "Image"} for name in _IMAGE_COLUMNS}}}
        )
    },
)


def default_overall(reader: SnapshotReader) -> tuple[str, ...]:
    """Return the two published dimensions.

    Raises DomainError when the rubric lacks one of them: the format has a column for each.
    """
    missing = set(DIMENSIONS) - set(reader.manifest["dimensions"])
    if missing:
        raise DomainError(f"the rubric has no dimension {min(missing)!r}; this format needs it")
    return DIMENSIONS


def write(reader: SnapshotReader, out: Path, rule: Rule) -> Summary:
    """Write `data/train-*.parquet`, `data/held_out-*.parquet` and a data card.

    Unresolved pairs are left out and counted. Raises DomainError when the rubric lacks one of the
    two published dimensions.
    """
    default_overall(reader)
    (out / "data").mkdir(exist_ok=True)
    summary = Summary()
    for split in SPLITS:
        _write_split(reader, out / "data", split, _rows(reader, rule, split, summary))
    write_card(
        out,
        title="Preference pairs with the columns of EditReward-Data",
        about=f"overall = {' + '.join(rule.overall)}; columns: docs/formats of EditJury.",
        files={split: f"data/{split}-*.parquet" for split in SPLITS},
    )
    return summary


def _write_split(
    reader: SnapshotReader, folder: Path, split: str, rows: Iterator[dict[str, Any]]
) -> None:
    shard = 0
    while True:
        first = list(islice(rows, GROUP_ROWS))
        if not first:
            return
        # The default dictionary limit of 1 MB would store a repeated image once per row.
        with pq.ParquetWriter(
            folder / f"{split}-{shard:05d}.parquet", SCHEMA, dictionary_pagesize_limit=1 << 30
        ) as writer:
            group = first
            for _ in range(SHARD_GROUPS):
                writer.write_table(_table(reader, group))
                group = list(islice(rows, GROUP_ROWS))
                if not group:
                    return
            rows = _chain(group, rows)
        shard += 1


def _chain(head: list[dict[str, Any]], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from head
    yield from rest


def _rows(
    reader: SnapshotReader, rule: Rule, split: str, summary: Summary
) -> Iterator[dict[str, Any]]:
    for index, pair in enumerate(pairs(reader, rule)):
        if pair.label["split"] != split:
            continue
        problem = pair.problem or _unscored(pair)
        if problem:
            summary.leave_out(problem)
            continue
        summary.add(split)
        yield _row(pair, index)


def _row(pair: Pair, index: int) -> dict[str, Any]:
    return {
        "key": pair.item["item_id"],
        "unique_key": f"{pair.label['comparison_id']}_{pair.index}",
        "pair_index": pair.index,
        "instruction": pair.item["instruction"],
        "source_img": pair.item["source_sha256"],
        "left_output_image": pair.first["image_sha256"],
        "right_output_image": pair.second["image_sha256"],
        "left_model": pair.first["generator"],
        "right_model": pair.second["generator"],
        **_scores("left", pair.first_scores, pair.first_overall),
        **_scores("right", pair.second_scores, pair.second_overall),
        "vote_type": VOTES[pair.outcome],
        "metadata_index": index,
        "left_img_rel": pair.first["image_sha256"],
        "right_img_rel": pair.second["image_sha256"],
        **{
            name: pair.label[name]
            for name in ("split", "n_judgments", "lane", "policy", "propensity")
        },
    }


def _unscored(pair: Pair) -> str:
    # The two published columns are there whatever the overall is made of.
    return "" if set(DIMENSIONS) <= set(pair.first_scores) else UNSCORED


def _scores(side: str, scores: dict[str, float], overall: float) -> dict[str, float]:
    following, quality = (scores[name] for name in DIMENSIONS)
    return {
        f"{side}_overall_score": overall,
        f"{side}_instruction_following_score": following,
        f"{side}_quality_aesthetic_score": quality,
    }


def _table(reader: SnapshotReader, rows: list[dict[str, Any]]) -> pa.Table:
    images: dict[str, dict[str, Any]] = {}
    for row in rows:
        for name in _IMAGE_COLUMNS:
            digest = row[name]
            if digest not in images:
                data = reader.image(digest)
                images[digest] = {"bytes": data, "path": digest + image_suffix(data)}
            row[name] = images[digest]
        for side in ("left", "right"):
            row[f"{side}_img_rel"] = row[f"{side}_output_image"]["path"]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
