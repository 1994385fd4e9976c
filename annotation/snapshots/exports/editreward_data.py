"""The columns of EditReward-Data as Parquet shards with the images inside.

Left and right are the canonical first and second candidate (by content hash), not a screen side.
Scores are means over the judges; overall is the sum of the rule's dimensions, by default the two
published ones, and the vote is decided by that same overall. A few columns beyond the published
ones say why a pair was judged, so that a sample can be reweighted.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.errors import DomainError
from annotation.snapshots.exports.card import SPLITS, write_card
from annotation.snapshots.exports.images import LOST, PairImages
from annotation.snapshots.exports.summary import Summary
from annotation.snapshots.format.images import image_suffix
from annotation.snapshots.format.pairs import UNSCORED, Pair, Rule, Target, pairs
from annotation.snapshots.format.reader import SnapshotReader

DEFAULT_TARGET: Target = "scores"
DIMENSIONS = ("instruction_following", "visual_quality")
VOTES = {1: "leftvote", -1: "rightvote", 0: "tie"}

# An image in a row: its bytes and its file name.
_Image = dict[str, Any]

# A row group stores each of its images once, in a dictionary; one group is in memory at a time.
GROUP_ROWS = 64
SHARD_GROUPS = 16

_IMAGE_TYPE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_IMAGE_COLUMNS = ("source_img", "left_output_image", "right_output_image")
_SCORES = ("overall_score", "instruction_following_score", "quality_aesthetic_score")
SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("unique_key", pa.string()),
        ("pair_index", pa.int32()),
        ("instruction", pa.string()),
        *((name, _IMAGE_TYPE) for name in _IMAGE_COLUMNS),
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

    Unresolved pairs and those of which an image is lost are left out and counted. Raises
    DomainError when the rubric lacks one of the two published dimensions.
    """
    default_overall(reader)
    (out / "data").mkdir(exist_ok=True)
    summary = Summary()
    images = PairImages(_loader(reader))
    for split in SPLITS:
        found = (pair for pair in enumerate(pairs(reader, rule)) if pair[1].label["split"] == split)
        _write_split(out / "data", split, _rows(found, images, split, summary))
    summary.unusable_images = images.unusable.rows()
    write_card(
        out,
        title="Preference pairs with the columns of EditReward-Data",
        about=f"overall = {' + '.join(rule.overall)}; columns: docs/formats of EditJury.",
        files={split: f"data/{split}-*.parquet" for split in SPLITS},
        rows=summary.splits,
    )
    return summary


def _loader(reader: SnapshotReader) -> Callable[[str], _Image]:
    # No more images than one row group may hold: those are in memory while it is written.
    @lru_cache(maxsize=GROUP_ROWS * len(_IMAGE_COLUMNS))
    def load(sha256: str) -> _Image:
        data = reader.image(sha256)
        return {"bytes": data, "path": sha256 + image_suffix(data)}

    return load


def _write_split(folder: Path, split: str, rows: Iterator[dict[str, Any]]) -> None:
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
                writer.write_table(pa.Table.from_pylist(group, schema=SCHEMA))
                group = list(islice(rows, GROUP_ROWS))
                if not group:
                    return
            rows = _chain(group, rows)
        shard += 1


def _chain(head: list[dict[str, Any]], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from head
    yield from rest


def _rows(
    numbered: Iterator[tuple[int, Pair]],
    images: PairImages[_Image],
    split: str,
    summary: Summary,
) -> Iterator[dict[str, Any]]:
    for index, pair in numbered:
        problem = pair.problem or _unscored(pair)
        if problem:
            summary.leave_out(problem)
            continue
        loaded = images.of(pair)
        if loaded is None:
            summary.leave_out(LOST)
            continue
        summary.add(split)
        yield _row(pair, index, loaded)


def _row(pair: Pair, index: int, images: Sequence[_Image]) -> dict[str, Any]:
    source, left, right = images
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
        "metadata_index": index,
        "left_img_rel": left["path"],
        "right_img_rel": right["path"],
        **{
            name: pair.label[name]
            for name in ("split", "n_judgments", "lane", "policy", "propensity")
        },
    }


def _unscored(pair: Pair) -> str:
    # Both published columns are written, whichever dimensions the overall is made of.
    return "" if set(DIMENSIONS) <= set(pair.first_scores) else UNSCORED


def _scores(side: str, scores: dict[str, float], overall: float) -> dict[str, float]:
    following, quality = (scores[name] for name in DIMENSIONS)
    return {
        f"{side}_overall_score": overall,
        f"{side}_instruction_following_score": following,
        f"{side}_quality_aesthetic_score": quality,
    }
