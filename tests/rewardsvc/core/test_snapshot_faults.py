"""Snapshots that are signed and whole, yet not of the format: refused by file and field."""

import copy
import hashlib
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.snapshots.format.canonical import content_hash
from annotation.snapshots.format.tables import TABLES
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.errors import RewardError, SnapshotError
from rewardsvc.core.snapshot import read_snapshot
from tests.rewardsvc.core.snapshots import make_snapshot

OTHERS = st.sampled_from(
    [None, True, -1, 7, 1.5, "", "x", "\0", "\ud800", [], [None], [3], ["x"], [{}], {}, {"x": 1}]
)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A snapshot that no test changes: faulty manifests lie beside it."""
    folder = tmp_path_factory.mktemp("good") / "snapshot"
    make_snapshot(folder, n_items=2)
    return folder


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def sign(manifest):
    try:
        manifest["content_sha256"] = content_hash(manifest)
    except UnicodeEncodeError:
        manifest["content_sha256"] = "0" * 64
    return manifest


def read_with(folder, manifest):
    apart = folder.parent / "apart.json"
    apart.write_text(json.dumps(manifest))
    return read_snapshot(folder, manifest=apart)


def places(value, path=()):
    """Yield the path of every field of a JSON value."""
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_manifest_with_any_field_gone_or_retyped_is_read_or_refused_by_the_core(good, data):
    manifest = manifest_of(good)
    *path, last = data.draw(st.sampled_from(list(places(manifest))))
    holder = manifest
    for key in path:
        holder = holder[key]
    if data.draw(st.booleans()):
        del holder[last]
    else:
        holder[last] = data.draw(OTHERS)
    if last != "content_sha256":
        sign(manifest)
    try:
        snapshot = read_with(good, manifest)
    except SnapshotError:
        return
    assert snapshot.rubric_versions == tuple(sorted(manifest.get("rubrics", {})))
    assert snapshot.dimensions == tuple(manifest["dimensions"])
    assert len(build_data(snapshot).triples) == 8


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("dimensions", {"a": 1}, "dimensions is {'a': 1}, expected a list"),
        ("dimensions", ["a", 2], "dimensions is ['a', 2], expected a list of names"),
        ("dimensions", ["a", "a"], "dimensions is ['a', 'a'], expected names that differ"),
        ("rubrics", ["1"], "rubrics is ['1'], expected an object"),
        ("tables", [], "tables is [], expected an object"),
        ("tables.items", None, "tables.items is None, expected an object"),
        ("tables.items.rows", "2", "tables.items.rows is '2', expected a whole number"),
        ("tables.items.rows", True, "tables.items.rows is True, expected a whole number"),
        ("tables.items.rows", -1, "tables.items.rows is -1, expected 0 or more"),
        ("tables.labels.parts", {}, "tables.labels.parts is {}, expected a list"),
        ("tables.labels.parts", ["p"], "tables.labels.parts[0] is 'p', expected an object"),
        (
            "tables.labels.parts",
            [{"path": "p", "sha256": 5}],
            "tables.labels.parts[0].sha256 is 5, expected text",
        ),
        (
            "tables.labels.parts",
            [{"sha256": "5"}],
            "the key 'tables.labels.parts[0].path' is missing",
        ),
        ("code_version", "\ud800", "holds text that is not Unicode"),
    ],
)
def test_a_mistyped_field_is_refused_by_file_and_name(good, path, value, named):
    manifest = manifest_of(good)
    *outer, last = path.split(".")
    holder = manifest
    for key in outer:
        holder = holder[key]
    holder[last] = value
    with pytest.raises(SnapshotError, match=re.escape(named)) as refused:
        read_with(good, sign(manifest))
    assert str(good.parent / "apart.json") in str(refused.value)


@pytest.mark.parametrize("key", ["rows", "parts"])
def test_a_table_without_a_key_is_refused_by_name(good, key):
    manifest = manifest_of(good)
    del manifest["tables"]["labels"][key]
    with pytest.raises(SnapshotError, match=f"the key 'tables.labels.{key}' is missing"):
        read_with(good, sign(manifest))


def test_a_manifest_nested_without_end_is_refused(good):
    apart = good.parent / "deep.json"
    apart.write_text("[" * 200_000)
    with pytest.raises(SnapshotError, match=r"deep\.json is not JSON"):
        read_snapshot(good, manifest=apart)


def with_column(folder, table, name, values):
    """Read the snapshot with a column of a table put in place of its own."""
    manifest = copy.deepcopy(manifest_of(folder))
    part = manifest["tables"][table]["parts"][0]
    rows = pq.read_table(folder / part["path"])
    rows = rows.set_column(rows.column_names.index(name), name, values(rows[name]))
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink)
    content = sink.getvalue().to_pybytes()
    part["sha256"] = hashlib.sha256(content).hexdigest()
    part["path"] = f"parts/{part['sha256']}.parquet"
    (folder / part["path"]).write_bytes(content)
    return lambda: read_with(folder, sign(manifest)), folder / part["path"]


def wrongly_typed(kind):
    if "[" in kind:
        return lambda column: pa.array(["x"] * len(column))
    return lambda column: pa.array([["x"]] * len(column))


EVERY_COLUMN = [
    pytest.param(table, column.name, column.kind, id=f"{table}-{column.name}")
    for table, columns in TABLES.items()
    for column in columns
    if column.needed
]


@pytest.mark.parametrize(("table", "column", "kind"), EVERY_COLUMN)
def test_a_wrongly_typed_column_is_refused_by_name(good, table, column, kind):
    read, path = with_column(good, table, column, wrongly_typed(kind))
    with pytest.raises(SnapshotError, match=f"the column {column!r} is ") as refused:
        read()
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(("table", "column", "kind"), EVERY_COLUMN)
def test_a_null_is_read_where_the_format_allows_it_and_refused_elsewhere(good, table, column, kind):
    def values(found):
        return pa.array([None, *found.to_pylist()[1:]], found.type)

    read, path = with_column(good, table, column, values)
    if kind.endswith("?"):
        assert read().tables[table][0][column] is None
        return
    with pytest.raises(SnapshotError, match=f"the column {column!r} holds a null") as refused:
        read()
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("table", "column", "row", "complaint"),
    [
        ("labels", "candidate_ids", ["a", None], "is a list whose content holds a null"),
        ("labels", "mean_scores", [None, [1.0]], "is a list whose content holds a null"),
        ("labels", "mean_scores", [["high"]], "is a list whose content is a list whose content is"),
        ("labels", "pair_outcomes", [0.5], "is a list whose content is double, expected whole"),
        ("judgments", "ranks", [1, None], "is a list whose content holds a null"),
    ],
)
def test_what_lists_hold_is_checked_as_well(good, table, column, row, complaint):
    read, _ = with_column(good, table, column, lambda found: pa.array([row] * len(found)))
    with pytest.raises(RewardError, match=f"the column {column!r} {complaint}"):
        read()


def test_text_that_is_not_utf8_is_refused(good):
    def values(found):
        return pa.array([b"\xff"] * len(found), pa.binary()).view(pa.string())

    read, path = with_column(good, "items", "instruction", values)
    with pytest.raises(SnapshotError, match="holds text that is not UTF-8") as refused:
        read()
    assert str(path) in str(refused.value)
