"""Benchmark files in the documented layouts, with small pictures of our own."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def png(colour):
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(stream, "PNG")
    return stream.getvalue()


def stored(colour):
    """Return a picture as the data sets hold it: bytes and a file name."""
    return {"bytes": png((colour * 37 % 256, colour * 11 % 256, colour)), "path": f"{colour}.png"}


def write_parquet(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_picture(folder, name, colour):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stored(colour)["bytes"])
    return name


def pair_row(group="g1", k=2, comparison="AvsB", ranking="A>B", colour=1, **more):
    """Return one row of EditReward-Bench as released."""
    first, second = comparison.split("vs")
    return {
        "id": f"{group}_{comparison}",
        "instruction": f"make it warmer ({group})",
        "dataset": f"{k}pair",
        "num_candidates": k,
        "comparison_type": comparison,
        "ranking": ranking,
        "source_image": stored(colour),
        "candidate_1": stored(colour + ord(first)),
        "candidate_2": stored(colour + ord(second)),
        "model_1": f"model-{first}",
        "model_2": f"model-{second}",
    } | more


def group_rows(group, order, colour):
    """Return the rows of a group whose candidates have the given order, best first."""
    letters = sorted(order)
    rows = []
    for i, first in enumerate(letters):
        for second in letters[i + 1 :]:
            better, worse = sorted((first, second), key=order.index)
            rows.append(
                pair_row(group, len(order), f"{first}vs{second}", f"{better}>{worse}", colour)
            )
    return rows


def bench_rows():
    """Return rows of four groups: two of K = 2, one tied; one each of K = 3 and 4."""
    return [
        pair_row("g1", colour=1),
        pair_row("g2", ranking="A=B", colour=2),
        *group_rows("g3", "CAB", 3),
        *group_rows("g4", "DBAC", 4),
    ]


def genai_row(vote="leftvote", colour=1):
    return {
        "source_prompt": "a cat",
        "target_prompt": "a dog",
        "instruct_prompt": "turn the cat into a dog",
        "source_image": stored(colour),
        "left_model": "MagicBrush",
        "left_output_image": stored(colour + 50),
        "right_model": "SDEdit",
        "right_output_image": stored(colour + 60),
        "vote_type": vote,
    }
