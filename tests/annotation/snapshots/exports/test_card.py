"""The data card of an export names the files of each split, and `datasets` loads both."""

import ast
import json
import re
import subprocess
import sys

import pytest
import yaml

from annotation.models import Assignment
from annotation.snapshots.export_jobs import export_to_folder
from annotation.snapshots.services import freeze
from tests.annotation.studies import make_study

pytestmark = pytest.mark.django_db
FORMATS = ("editreward-data", "chosen-rejected")
COUNT = """
import json, sys
from datasets import load_dataset
data = load_dataset(sys.argv[1], cache_dir=sys.argv[2])
print(json.dumps({split: len(rows) for split, rows in data.items()}))
"""


@pytest.fixture(params=FORMATS)
def exported(request, media_root, tmp_path):
    """Return (folder, summary) of an export with two held-out sources of four."""
    campaign = make_study(n_items=4)[0]
    # Train rows have no propensity at all: as of comparisons that a lead picked by hand.
    train = Assignment.objects.filter(comparison__item__held_out=False)
    train.update(propensity=None)
    Assignment.objects.filter(comparison__item__held_out=True).update(propensity=0.5)
    out = tmp_path / "out"
    result = export_to_folder(
        snapshot=freeze(campaign=campaign), format_name=request.param, out=out
    )
    return out, result


def front_matter(folder):
    text = (folder / "README.md").read_text()
    return yaml.safe_load(re.match(r"---\n(.*?)---\n", text, re.DOTALL)[1])


def configs(folder):
    return front_matter(folder)["configs"]


def test_the_card_names_every_data_file_under_the_split_of_its_rows(exported):
    folder, result = exported
    (config,) = configs(folder)
    assert config["config_name"] == "default"
    files = {entry["split"]: sorted(folder.glob(entry["path"])) for entry in config["data_files"]}
    assert list(files) == ["train", "held_out"]
    assert result["splits"] == {"train": 6, "held_out": 6}
    assert all(files.values())
    named = [path for paths in files.values() for path in paths]
    data = [path for path in folder.rglob("*") if path.suffix in {".parquet", ".jsonl"}]
    assert sorted(named) == sorted(data)
    assert all(path.name.startswith(split) for split, paths in files.items() for path in paths)


def test_the_card_states_the_rows_that_a_reader_must_find(exported):
    folder, result = exported
    text = (folder / "README.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("# must print ")]
    assert ast.literal_eval(line.removeprefix("# must print ")) == result["splits"]
    stated = dict(re.findall(r"- `(\w+)` \(\S+\), (\d+) rows", text))
    assert {split: int(n) for split, n in stated.items()} == result["splits"]


def test_the_card_of_json_lines_types_every_column(media_root, tmp_path):
    campaign = make_study(n_items=2, held_out=0)[0]
    export_to_folder(
        snapshot=freeze(campaign=campaign), format_name="chosen-rejected", out=tmp_path / "out"
    )
    (info,) = front_matter(tmp_path / "out")["dataset_info"]
    types = {each["name"]: each.get("dtype") or each["struct"] for each in info["features"]}
    row = json.loads((tmp_path / "out" / "train.jsonl").read_text().splitlines()[0])
    assert list(types) == list(row)
    assert types["propensity"] == "float64"
    assert [each["name"] for each in types["chosen_scores"]] == list(row["chosen_scores"])


def test_a_split_without_rows_is_not_on_the_card(media_root, tmp_path):
    campaign = make_study(n_items=2, held_out=0)[0]
    for name in FORMATS:
        out = tmp_path / name
        export_to_folder(snapshot=freeze(campaign=campaign), format_name=name, out=out)
        assert [entry["split"] for entry in configs(out)[0]["data_files"]] == ["train"]


def test_the_datasets_library_loads_both_splits_with_every_row(exported, tmp_path):
    pytest.importorskip("datasets", reason="the datasets library is not installed")
    folder, result = exported
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(folder), str(tmp_path / "cache")],
        env={"HF_HUB_OFFLINE": "1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == result["splits"]
