"""Snapshots read whole or not at all."""

import hashlib
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.snapshots.format.canonical import canonical_json, content_hash
from annotation.snapshots.format.tables import NEEDED
from rewardsvc.core.errors import SnapshotError
from rewardsvc.core.snapshot import read_snapshot
from tests.rewardsvc.core.snapshots import DIMENSIONS, make_snapshot


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "snapshot"
    make_snapshot(folder, n_items=2)
    return folder


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def save(folder, manifest, *, sign=True):
    """Write a manifest; signed, it carries the hash of what it now says."""
    if sign:
        manifest["content_sha256"] = content_hash(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def part_of(folder, table):
    return folder / manifest_of(folder)["tables"][table]["parts"][0]["path"]


def replace_part(folder, table, content):
    """Put other bytes in a part's place, with hashes that agree."""
    manifest = manifest_of(folder)
    part = manifest["tables"][table]["parts"][0]
    (folder / part["path"]).write_bytes(content)
    part["sha256"] = hashlib.sha256(content).hexdigest()
    save(folder, manifest)


def refused(folder, text):
    with pytest.raises(SnapshotError, match=re.escape(text)):
        read_snapshot(folder)


def test_a_valid_snapshot_is_read_with_the_columns_in_use(tmp_path):
    rows = make_snapshot(tmp_path / "snapshot", n_items=2)
    snapshot = read_snapshot(tmp_path / "snapshot")
    assert snapshot.dimensions == tuple(DIMENSIONS)
    assert snapshot.rubric_versions == ("1",)
    assert snapshot.content_sha256 == manifest_of(tmp_path / "snapshot")["content_sha256"]
    assert set(snapshot.tables) == set(NEEDED)
    for name, columns in NEEDED.items():
        assert snapshot.tables[name] == [{c: row[c] for c in columns} for row in rows[name]]


def test_a_table_in_several_parts_is_read_in_their_order(folder):
    rows = pq.read_table(part_of(folder, "labels"))
    whole = read_snapshot(folder).tables["labels"]
    manifest = manifest_of(folder)
    parts = []
    for n, piece in enumerate((rows.slice(0, 5), rows.slice(5))):
        path = folder / "parts" / f"piece-{n}.parquet"
        pq.write_table(piece, path)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        parts.append({"path": f"parts/{path.name}", "sha256": sha, "rows": len(piece)})
    manifest["tables"]["labels"]["parts"] = parts
    save(folder, manifest)
    assert read_snapshot(folder).tables["labels"] == whole


def test_a_manifest_kept_apart_describes_the_parts_of_the_folder(folder, tmp_path):
    expected = read_snapshot(folder)
    apart = (folder / "manifest.json").rename(tmp_path / "apart.json")
    assert read_snapshot(folder, manifest=apart) == expected
    refused(folder, f"cannot read the manifest {folder / 'manifest.json'}")


def test_the_content_hash_hangs_on_neither_its_time_nor_the_order_of_keys(folder):
    manifest = manifest_of(folder)
    turned = dict(reversed(manifest.items())) | {"created_at": "2030-01-01T00:00:00Z"}
    assert content_hash(turned) == manifest["content_sha256"]
    assert content_hash(manifest | {"code_version": "9"}) != manifest["content_sha256"]
    assert canonical_json({"b": "é", "a": 1}) == '{"a":1,"b":"é"}'.encode()


@pytest.mark.parametrize("table", NEEDED)
def test_a_part_with_one_byte_changed_is_refused(folder, table):
    path = part_of(folder, table)
    content = bytearray(path.read_bytes())
    stated = hashlib.sha256(content).hexdigest()
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    actual = hashlib.sha256(content).hexdigest()
    refused(folder, f"table {table!r}: {path} hashes to {actual}, the manifest says {stated}")


@pytest.mark.parametrize("table", NEEDED)
def test_a_missing_part_is_refused(folder, table):
    path = part_of(folder, table)
    path.unlink()
    refused(folder, f"table {table!r}: cannot read {path}: No such file")


@pytest.mark.parametrize(("table", "column"), [(t, c) for t in NEEDED for c in NEEDED[t][:2]])
def test_a_missing_column_is_refused(folder, table, column):
    rows = pq.read_table(part_of(folder, table)).drop_columns([column])
    buffer = pa.BufferOutputStream()
    pq.write_table(rows, buffer)
    replace_part(folder, table, buffer.getvalue().to_pybytes())
    refused(folder, f"table {table!r}: {part_of(folder, table)} lacks the column {column!r}")


def test_a_part_that_is_not_parquet_is_refused(folder):
    replace_part(folder, "items", b"not a table")
    refused(folder, f"table 'items': {part_of(folder, 'items')} is not Parquet")


def test_a_manifest_with_a_wrong_hash_is_refused(folder):
    manifest = manifest_of(folder)
    manifest["content_sha256"] = "0" * 64
    save(folder, manifest, sign=False)
    refused(folder, f"content_sha256 is {'0' * 64}, its content hashes to {content_hash(manifest)}")


def test_a_manifest_changed_after_its_hash_was_taken_is_refused(folder):
    manifest = manifest_of(folder)
    stated = manifest["content_sha256"]
    manifest["campaign"]["name"] = "Others"
    save(folder, manifest, sign=False)
    refused(folder, f"content_sha256 is {stated}, its content hashes to {content_hash(manifest)}")


@pytest.mark.parametrize("way", ["relative", "absolute", "link"])
def test_a_part_outside_the_folder_is_refused_though_its_hash_is_right(folder, tmp_path, way):
    outside = part_of(folder, "items").rename(tmp_path / "outside.parquet")
    (folder / "parts" / "link.parquet").symlink_to(outside)
    stated = {"relative": "../outside.parquet", "absolute": str(outside)}
    manifest = manifest_of(folder)
    part = manifest["tables"]["items"]["parts"][0]
    part["path"] = stated.get(way, "parts/link.parquet")
    save(folder, manifest)
    refused(folder, f"table 'items': the part {part['path']} lies outside the snapshot")


def test_a_count_of_rows_that_does_not_hold_is_refused(folder):
    manifest = manifest_of(folder)
    rows = manifest["tables"]["candidates"]["rows"]
    manifest["tables"]["candidates"]["rows"] = rows + 1
    save(folder, manifest)
    refused(folder, f"table 'candidates' holds {rows} rows, the manifest says {rows + 1}")


@pytest.mark.parametrize("table", NEEDED)
def test_a_table_the_manifest_does_not_name_is_refused(folder, table):
    manifest = manifest_of(folder)
    del manifest["tables"][table]
    save(folder, manifest)
    refused(folder, f"the manifest names no table {table!r}")


@pytest.mark.parametrize("key", ["content_sha256", "dimensions", "tables"])
def test_a_manifest_without_a_key_is_refused(folder, key):
    manifest = manifest_of(folder)
    del manifest[key]
    save(folder, manifest, sign=False)
    refused(folder, f"the key {key!r} is missing")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "format is None"),
        ('{"format": "editjury-snapshot/9"}', "format is 'editjury-snapshot/9'"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(folder, text, complaint):
    (folder / "manifest.json").write_text(text)
    refused(folder, complaint)


def test_a_snapshot_without_judged_dimensions_is_refused(folder):
    save(folder, manifest_of(folder) | {"dimensions": []})
    refused(folder, "no dimension was judged")
