"""Each derived format has a page, and its table of columns is what is written."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from annotation.snapshots.export_jobs import export_to_folder
from annotation.snapshots.exports.registry import FORMATS
from annotation.snapshots.services import freeze
from tests.annotation.studies import make_study

pytestmark = pytest.mark.django_db
PAGES = Path(__file__).resolve().parents[4] / "docs" / "formats"


def written_columns(folder):
    if (folder / "data").exists():
        return pq.read_schema(folder / "data" / "train-00000.parquet").names
    return list(json.loads((folder / "train.jsonl").read_text().splitlines()[0]))


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_page_of_a_format_names_every_column_and_no_other(media_root, tmp_path, name):
    campaign = make_study(n_items=2, held_out=0)[0]
    out = tmp_path / "out"
    export_to_folder(snapshot=freeze(campaign=campaign), format_name=name, out=out)
    section = (PAGES / f"{name}.md").read_text().split("## Columns")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == written_columns(out)
