"""What the reader's own tool finds in an export equals what was judged: rows, winners, pictures.

Each tool runs in a process of its own, on the three lines of the format's page, and prints what it
found. A tool that is not installed skips its tests.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.annotation.snapshots.exports.polls import (
    decided,
    expected_pairs,
    export,
    picture_hashes,
    poll,
)

pytestmark = pytest.mark.django_db
__all__ = ["poll"]
START = """
import hashlib, io, json, sys
folder, cache = sys.argv[1:]
def digest(data):
    return hashlib.sha256(data).hexdigest()
"""
DATASETS = (
    START
    + """
from datasets import Image, load_dataset
def raw(data):
    for name, feature in data.features.items():
        if isinstance(feature, Image):
            data = data.cast_column(name, Image(decode=False))
    return data
data = {split: raw(rows) for split, rows in load_dataset(folder, cache_dir=cache).items()}
"""
)
PAIRS = """
rows = [
    [row["instruction"], row["chosen_model"], row["rejected_model"],
     *(digest(row[f"{side}_image"]["bytes"]) for side in ("source", "chosen", "rejected"))]
    for split in data.values() for row in split
]
print(json.dumps({"sizes": {name: len(split) for name, split in data.items()}, "rows": rows}))
"""


def run(tool, script, folder, tmp_path):
    """Run a script on an export and return what it prints; skip without the tool."""
    if find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(tmp_path / "cache")],
        env={"HF_HUB_OFFLINE": "1", "HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def with_hashes(poll, pairs):
    """Return (instruction, chosen, rejected, and the hashes of the three pictures) of pairs."""
    sources, edits = picture_hashes(poll)
    return sorted(
        [text, a, b, sources[text], edits[text, a], edits[text, b]] for text, a, b in pairs
    )


def test_datasets_reads_diffusion_dpo_rows(poll, tmp_path):
    result = export(poll, "diffusion-dpo", tmp_path / "out")
    found = run("datasets", DATASETS + PAIRS, tmp_path / "out", tmp_path)
    assert found["sizes"] == result["splits"] == {"train": 4, "held_out": 3}
    assert sorted(found["rows"]) == with_hashes(poll, decided(poll))


@pytest.mark.parametrize("tool", ["pandas", "duckdb"])
def test_pandas_and_duckdb_read_diffusion_dpo_rows(poll, tmp_path, tool):
    export(poll, "diffusion-dpo", tmp_path / "out")
    read = {
        "pandas": """
import pandas, glob
data = {path: pandas.read_parquet(path).to_dict("records")
        for path in glob.glob(folder + "/data/*.parquet")}
""",
        "duckdb": """
import duckdb
found = duckdb.sql(f"select * from '{folder}/data/*.parquet'")
data = {"all": [dict(zip(found.columns, row)) for row in found.fetchall()]}
""",
    }
    found = run(tool, START + read[tool] + PAIRS, tmp_path / "out", tmp_path)
    assert sorted(found["rows"]) == with_hashes(poll, decided(poll))
    assert sum(found["sizes"].values()) == 7


def test_datasets_reads_every_format_that_has_a_card_with_all_its_rows(poll, tmp_path):
    script = DATASETS + "print(json.dumps({name: len(split) for name, split in data.items()}))"
    for name in ("hugging-face", "editreward-data", "editreward-train", "chosen-rejected"):
        result = export(poll, name, tmp_path / name)
        assert run("datasets", script, tmp_path / name, tmp_path) == result["splits"], name
    for name in ("hpdv3", "arena", "genai-bench", "trl-preference"):
        result = export(poll, name, tmp_path / name)
        assert run("datasets", script, tmp_path / name, tmp_path) == result["splits"], name


def test_datasets_reads_each_size_of_group_of_the_benchmark(poll, tmp_path):
    script = (
        START
        + """
from datasets import load_dataset
found = {}
for size in ("2pair", "3pair"):
    for split, rows in load_dataset(folder, size, cache_dir=cache).items():
        found[f"{size}/{split}"] = len(rows)
print(json.dumps(found))
"""
    )
    for name in ("editreward-bench", "editreward-bench-json"):
        result = export(poll, name, tmp_path / name)
        assert run("datasets", script, tmp_path / name, tmp_path) == result["splits"]


def test_datasets_decodes_the_pictures_of_a_judge_of_trl_rows(poll, tmp_path):
    script = (
        START
        + """
from datasets import load_dataset
from trl.data_utils import is_conversational, prepare_multimodal_messages
found = []
for split in load_dataset(folder, cache_dir=cache).values():
    for row in split:
        assert is_conversational(row)
        prompt = prepare_multimodal_messages(row["prompt"], images=row["images"])
        parts = prompt[0]["content"]
        shown = [part["image"].size for part in parts if part["type"] == "image"]
        answer = {side: row[side][0]["content"][0]["text"] for side in ("chosen", "rejected")}
        models = {"A": row["model_a"], "B": row["model_b"]}
        text = parts[-1]["text"].partition("Instruction: ")[2]
        found.append([text, models[answer["chosen"]], models[answer["rejected"]], shown])
print(json.dumps(found))
"""
    )
    export(poll, "trl-preference", tmp_path / "out")
    found = run("trl", script, tmp_path / "out", tmp_path)
    assert {tuple(row[:3]) for row in found} == decided(poll)
    assert all(row[3] == [[48, 32]] * 3 for row in found)


def test_webdataset_reads_its_samples(poll, tmp_path):
    script = (
        START
        + """
import glob, webdataset
found = []
for sample in webdataset.WebDataset(sorted(glob.glob(folder + "/data/*.tar")), shardshuffle=False):
    row = json.loads(sample["json"])
    hashes = [digest(sample[f"{name}.png"]) for name in ("src", "a", "b")]
    found.append([row["instruction"], row["a"]["model"], row["b"]["model"], row["outcome"], hashes])
print(json.dumps(found))
"""
    )
    export(poll, "webdataset", tmp_path / "out")
    found = run("webdataset", script, tmp_path / "out", tmp_path)
    sources, edits = picture_hashes(poll)
    outcomes = {}
    for text, a, b, outcome, hashes in found:
        assert hashes == [sources[text], edits[text, a], edits[text, b]]
        value = {"a": 1, "b": -1, "tie": 0}[outcome]
        outcomes[text, *sorted((a, b))] = value if a < b else -value
    assert outcomes == {key: each for key, each in expected_pairs(poll).items() if each is not None}


def test_pandas_reads_battles_and_their_wins_are_the_votes(poll, tmp_path):
    script = (
        START
        + """
import pandas
rows = pandas.concat(pandas.read_json(f"{folder}/{split}.json") for split in ("train", "held_out"))
print(json.dumps([list(row) for row in rows[["model_a", "model_b", "winner"]].values]))
"""
    )
    export(poll, "arena", tmp_path / "out")
    found = run("pandas", script, tmp_path / "out", tmp_path)
    assert len(found) == 25
    wins = [a if winner == "model_a" else b for a, b, winner in found if winner[:3] != "tie"]
    # Votes of two of three people follow the alphabet, of one the other way round.
    assert {name: wins.count(name) for name in set(wins)} == {"aster": 10, "birch": 8, "cedar": 4}


def test_pandas_reads_the_json_of_preferred_pictures(poll, tmp_path):
    script = (
        START
        + """
import pandas
rows = pandas.read_json(f"{folder}/train.json")
print(json.dumps([list(row) for row in rows[["prompt", "model1", "model2"]].values]))
"""
    )
    export(poll, "hpdv3", tmp_path / "out", split="train")
    found = run("pandas", script, tmp_path / "out", tmp_path)
    assert {tuple(row) for row in found} == {
        row for row in decided(poll) if row[0] != "Ring the bell."
    }
