"""What a campaign freezes is what readers read, and what docs/snapshot-format.md says."""

import ast
import io
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from annotation.models import Rubric
from annotation.rubrics.services import create_default_draft, publish_rubric
from annotation.snapshots.format.tables import NEEDED, SCHEMAS, TABLES
from annotation.snapshots.services import freeze, write_folder
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.vlm.prompts import rubric_prompts
from tests.annotation.studies import make_study
from tests.factories import make_assignment, make_campaign, make_member, make_queued, submit

pytestmark = pytest.mark.django_db
PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "snapshot-format.md"
TYPES = {"string": "str", "bool": "bool", "double": "float64", "timestamp[us, tz=UTC]": "timestamp"}
REMARKS = {
    "flags": {"visual_quality": [[0], []]},
    "strength": 2,
    "reasons": ["Hands"],
    "defects": [
        {"candidate": 1, "box": [0, 0, 1, 1], "dimension": "visual_quality", "criterion": 0}
    ],
    "flagged": True,
}
# Modules that read a snapshot by the names of its keys and columns.
READERS = (
    "annotation/snapshots/format/manifest.py",
    "annotation/snapshots/format/reader.py",
    "annotation/snapshots/format/snapshot.py",
    "annotation/snapshots/format/pairs.py",
    "annotation/snapshots/format/votes.py",
    "rewardsvc/core/data/preferences.py",
    "rewardsvc/core/evaluation/agreement.py",
    "rewardsvc/core/vlm/prompts.py",
)
# Names of their own making that no snapshot holds.
OWN_NAMES = {"suffix", "unresolved", "withdrawn"}


@pytest.fixture
def frozen(media_root, tmp_path):
    """Return the folder of a real snapshot that uses every part of the format."""
    campaign, _, _ = make_study(n_items=2, held_out=1)
    lease = make_assignment(
        make_queued(campaign=campaign, files=True), make_member(campaign), slot=1
    )
    submit(lease, remarks=REMARKS)
    return write_folder(freeze(campaign=campaign), tmp_path / "frozen")


@pytest.mark.parametrize("wording", ["fault", "quality"])
def test_every_word_of_a_rubric_reaches_the_prompts(media_root, tmp_path, wording):
    campaign = make_campaign(rubric=False)
    draft = create_default_draft(campaign=campaign)
    Rubric.objects.filter(pk=draft.pk).update(criteria_wording=wording)
    publish_rubric(campaign=campaign, actor=None)
    submit(
        make_assignment(make_queued(campaign=campaign, files=True), make_member(campaign), slot=1)
    )
    folder = write_folder(freeze(campaign=campaign), tmp_path / "frozen")
    rubric = read_snapshot(folder).rubric
    prompts = rubric_prompts(rubric)
    assert prompts.dimensions == ("instruction_following", "visual_quality")
    for dimension in rubric["dimensions"]:
        text = prompts.texts[dimension["slug"]]
        parts = [*dimension["levels"], *dimension["criteria"]]
        words = [dimension["name"], dimension["question"]]
        words += [part[key] for part in parts for key in ("name", "text")]
        assert len(words) == 2 + 2 * (4 + 3)
        assert [word for word in words if word not in text] == []
        heading = {"fault": "What may be wrong:", "quality": "What should hold:"}
        assert heading.pop(wording) in text
        assert not any(other in text for other in heading.values())


def keys_of(value, path=""):
    """Yield the path of each key; a version and the name of a table stand for all of their kind."""
    if isinstance(value, list):
        for each in value:
            yield from keys_of(each, f"{path}[]")
    if isinstance(value, dict):
        for key, inner in value.items():
            name = {"rubrics": "<version>", "tables": "<table>"}.get(path, key)
            here = f"{path}.{name}" if path else name
            yield here
            yield from keys_of(inner, here)


def rows_under(heading):
    """Return the cells of the table under a heading of the document."""
    section = re.split(r"^#+ ", DOCUMENT.read_text(), flags=re.MULTILINE)
    (found,) = [part for part in section if part.split("\n", 1)[0] == heading]
    lines = [line for line in found.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_document_names_every_key_of_a_manifest_and_no_other(frozen):
    manifest = json.loads((frozen / "manifest.json").read_text())
    assert [row[0] for row in rows_under("manifest.json")] == list(dict.fromkeys(keys_of(manifest)))


def type_name(kind):
    text = re.sub(r"(element|item): ", "", str(kind))
    for arrow, ours in TYPES.items():
        text = text.replace(arrow, ours)
    return text


@pytest.mark.parametrize("table", list(SCHEMAS))
def test_the_document_names_every_column_with_its_type(frozen, table):
    stated = [(row[0], row[1].removesuffix(" or null")) for row in rows_under(table)]
    manifest = json.loads((frozen / "manifest.json").read_text())
    for part in manifest["tables"][table]["parts"]:
        written = pq.read_schema(io.BytesIO((frozen / part["path"]).read_bytes()))
        assert [(each.name, type_name(each.type)) for each in written] == stated


@pytest.mark.parametrize("table", list(TABLES))
def test_the_kinds_of_columns_hold_nulls_where_the_document_says_so(table):
    # A label of another program may lack its scores; ours always has them.
    ours = set() if table != "labels" else {"dimensions", "mean_scores"}
    nullable = {column.name for column in TABLES[table] if column.kind.endswith("?")}
    assert nullable - ours == {row[0] for row in rows_under(table) if row[1].endswith(" or null")}
    # In the files every column may, so that their bytes do not hang on it.
    assert all(field.nullable for field in SCHEMAS[table])


def test_a_column_holds_nulls_only_where_the_document_says_so(frozen):
    tables = read_tables(frozen)
    for table in SCHEMAS:
        nullable = {row[0] for row in rows_under(table) if row[1].endswith(" or null")}
        for row in tables[table]:
            assert {name for name, value in row.items() if value is None} <= nullable


def read_tables(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    return {
        name: [
            row
            for part in table["parts"]
            for row in pq.read_table(io.BytesIO((folder / part["path"]).read_bytes())).to_pylist()
        ]
        for name, table in manifest["tables"].items()
    }


def test_the_document_names_every_part_of_remarks(frozen):
    rows = [json.loads(row["remarks"]) for row in read_tables(frozen)["judgments"]]
    (remarks,) = [row for row in rows if row]
    remarks["flags"] = {"<dimension>": None}
    assert [row[0] for row in rows_under("remarks")] == sorted(set(keys_of(remarks)))


def test_every_column_that_training_reads_is_written(frozen):
    snapshot = read_snapshot(frozen)
    for name, columns in NEEDED.items():
        assert set(columns) <= set(SCHEMAS[name].names)
        assert snapshot.tables[name]


def names_read(path):
    """Yield each constant name that a module looks up: row["name"] or row.get("name")."""
    for node in ast.walk(ast.parse((PROJECT / path).read_text())):
        index = None
        if isinstance(node, ast.Subscript):
            index = node.slice
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get" and node.args:
            index = node.args[0]
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            yield index.value


@pytest.mark.parametrize("path", READERS)
def test_no_reader_looks_up_a_name_that_is_not_written(frozen, path):
    manifest = json.loads((frozen / "manifest.json").read_text())
    written = {re.split(r"[.\[]", key)[-1] for key in keys_of(manifest)}
    written |= {key.replace("[]", "").split(".")[-1] for key in keys_of(manifest)}
    written |= {name for schema in SCHEMAS.values() for name in schema.names}
    written |= set(SCHEMAS) | OWN_NAMES
    assert set(names_read(path)) <= written
