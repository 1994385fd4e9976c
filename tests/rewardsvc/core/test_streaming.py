"""Reading a snapshot part by part, as exports do."""

import hashlib
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.reader import SnapshotReader, files_in
from annotation.snapshots.format.tables import NEEDED
from tests.rewardsvc.core.snapshots import make_snapshot


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "snapshot"
    make_snapshot(folder, n_items=2)
    return folder


@pytest.fixture
def halves(folder):
    """Return a reader of labels in two parts, and the paths that it has opened."""
    manifest = json.loads((folder / "manifest.json").read_text())
    table = manifest["tables"]["labels"]
    rows = pq.read_table(folder / table["parts"][0]["path"])
    table["parts"] = []
    for n, piece in enumerate((rows.slice(0, 5), rows.slice(5))):
        path = folder / "parts" / f"half-{n}.parquet"
        pq.write_table(piece, path)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        table["parts"].append({"path": f"parts/{path.name}", "sha256": sha, "rows": len(piece)})
    opened = []

    def open_file(name):
        opened.append(name)
        return files_in(folder)(name)

    return SnapshotReader(manifest, open_file, folder), opened


def test_a_part_is_opened_once_the_rows_before_it_were_read(halves):
    reader, opened = halves
    rows = reader.labels()
    assert opened == []
    first = [next(rows) for _ in range(5)]
    assert opened == ["parts/half-0.parquet"]
    rest = list(rows)
    assert opened == ["parts/half-0.parquet", "parts/half-1.parquet"]
    assert len({row["comparison_id"] for row in [*first, *rest]}) == 12


def test_a_later_part_that_is_damaged_is_refused_before_any_of_its_rows(halves, folder):
    reader, _ = halves
    path = folder / "parts" / "half-1.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    rows = reader.labels()
    assert len([next(rows) for _ in range(5)]) == 5
    with pytest.raises(FormatError, match=r"half-1\.parquet hashes to"):
        next(rows)


def test_all_columns_are_read_where_none_is_named(halves):
    reader, _ = halves
    row = next(reader.rows("items"))
    assert len(row) == 13
    assert next(reader.rows("items", ("origin", "item_id"))) == {
        "origin": row["origin"],
        "item_id": row["item_id"],
    }


def test_a_column_that_is_asked_for_and_missing_is_refused(halves):
    reader, _ = halves
    with pytest.raises(FormatError, match="lacks the column 'remarks'"):
        next(reader.rows("judgments", ("judgment_id", "remarks")))


@pytest.mark.parametrize("table", NEEDED)
def test_a_part_without_a_row_is_checked_as_others(folder, table):
    manifest = json.loads((folder / "manifest.json").read_text())
    column = NEEDED[table][0]
    names = (*NEEDED[table][1:], column)
    nothing = pa.table({name: pa.array([], pa.int64()) for name in names})
    sink = io.BytesIO()
    pq.write_table(nothing, sink)
    sha = hashlib.sha256(sink.getvalue()).hexdigest()
    manifest["tables"][table]["parts"] = [{"path": "parts/none", "sha256": sha, "rows": 0}]
    reader = SnapshotReader(manifest, lambda _: io.BytesIO(sink.getvalue()), folder)
    with pytest.raises(FormatError, match="is int64, expected"):
        next(reader.rows(table))
