"""Each derived format has a page, and its table of columns is what is written."""

import json
import re
import tarfile
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
    """Return the columns of the first file of rows of an export."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            return pq.read_schema(path).names
        if path.suffix == ".jsonl":
            return list(json.loads(path.read_text().splitlines()[0]))
        if path.suffix == ".json" and path.name != "export.json":
            return list(json.loads(path.read_text())[0])
        if path.suffix == ".tar":
            with tarfile.open(path) as archive:
                name = next(each for each in archive.getnames() if each.endswith(".json"))
                return list(json.loads(archive.extractfile(name).read()))
    raise AssertionError("the export has no rows")


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_page_of_a_format_names_every_column_and_no_other(media_root, tmp_path, name):
    campaign = make_study(n_items=2, held_out=0)[0]
    out = tmp_path / "out"
    export_to_folder(snapshot=freeze(campaign=campaign), format_name=name, out=out)
    section = (PAGES / f"{name}.md").read_text().split("## Columns")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == written_columns(out)
