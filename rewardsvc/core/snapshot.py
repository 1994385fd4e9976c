"""Read a frozen snapshot: the manifest and its Parquet parts, every hash checked."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.snapshots.format.canonical import FORMAT, content_hash, sha256
from annotation.snapshots.format.columns import COLUMNS, KINDS, complaint
from annotation.snapshots.format.fields import Fields
from rewardsvc.core.errors import SnapshotError

Row = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A verified snapshot; `tables` holds the rows of each table in `columns.COLUMNS`."""

    manifest: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]]

    @property
    def content_sha256(self) -> str:
        return str(self.manifest["content_sha256"])

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.manifest["dimensions"])

    @property
    def rubric_versions(self) -> tuple[str, ...]:
        return tuple(sorted(self.manifest.get("rubrics", {})))

    @property
    def rubric(self) -> Mapping[str, Any]:
        """The newest rubric version judged under; empty where the manifest describes none.

        Of the versions described, the newest whose dimensions are those of the snapshot: a newer
        one may be there for answers that do not count.
        """
        versions = self.manifest.get("rubrics", {})
        newest = max(
            versions,
            key=lambda each: (_slugs(versions[each]) == self.dimensions, len(each), each),
            default=None,
        )
        return {} if newest is None else dict(versions[newest])


def _slugs(rubric: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the slugs of a described version; none where it is not described as it should be."""
    dimensions = rubric.get("dimensions")
    if not isinstance(dimensions, list):
        return ()
    return tuple(each.get("slug") for each in dimensions if isinstance(each, dict))


def read_snapshot(folder: Path, *, manifest: Path | None = None) -> Snapshot:
    """Read and verify the snapshot in a folder.

    manifest: where it is not `folder/manifest.json` (the media storage keeps manifests apart);
    the paths of the parts are always relative to the folder.
    Raises SnapshotError naming the file, field, table, column or hash that is missing or wrong.
    """
    described = _read_manifest(manifest or folder / "manifest.json")
    return Snapshot(described, {name: _read_table(folder, described, name) for name in COLUMNS})


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise SnapshotError(f"cannot read the manifest {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise SnapshotError(f"{path} is not JSON: {error}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise SnapshotError(f"{path}: format is {found!r}, expected {FORMAT!r}")
    _check_fields(Fields(manifest, path, SnapshotError))
    try:
        actual = content_hash(manifest)
    except UnicodeEncodeError as error:
        raise SnapshotError(f"{path} holds text that is not Unicode: {error}") from error
    if actual != manifest["content_sha256"]:
        stated = manifest["content_sha256"]
        raise SnapshotError(f"{path}: content_sha256 is {stated}, its content hashes to {actual}")
    return dict(manifest)


def _check_fields(manifest: Fields) -> None:
    """Refuse a manifest of which something that is read later is missing or of another type."""
    manifest.get("content_sha256", str)
    if not manifest.names("dimensions"):
        raise SnapshotError(f"{manifest.where}: no dimension was judged")
    if "rubrics" in manifest.value:
        rubrics = manifest.inner("rubrics")
        for version in rubrics.value:
            rubrics.inner(version)
    tables = manifest.inner("tables")
    for name in COLUMNS:
        if name not in tables.value:
            raise SnapshotError(f"{manifest.where}: the manifest names no table {name!r}")
        table = tables.inner(name)
        table.count("rows")
        for part in table.objects("parts"):
            part.get("path", str)
            part.get("sha256", str)


def _read_table(folder: Path, manifest: Mapping[str, Any], name: str) -> list[Row]:
    described = manifest["tables"][name]
    rows = [row for part in described["parts"] for row in _read_part(folder, part, name)]
    if len(rows) != described["rows"]:
        stated = described["rows"]
        raise SnapshotError(f"table {name!r} holds {len(rows)} rows, the manifest says {stated}")
    return rows


def _read_part(folder: Path, part: Mapping[str, str], name: str) -> list[Row]:
    path = folder / part["path"]
    content = _part_bytes(folder, part["path"], name)
    if (actual := sha256(content)) != part["sha256"]:
        raise SnapshotError(
            f"table {name!r}: {path} hashes to {actual}, the manifest says {part['sha256']}"
        )
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise SnapshotError(f"table {name!r}: {path} is not Parquet: {error}") from error
    for column, kind in KINDS[name].items():
        if (count := table.column_names.count(column)) != 1:
            held = f"holds the column {column!r} twice" if count else f"lacks the column {column!r}"
            raise SnapshotError(f"table {name!r}: {path} {held}")
        if wrong := complaint(table[column], kind):
            raise SnapshotError(f"table {name!r}: {path}: the column {column!r} {wrong}")
    try:
        return list(table.select(COLUMNS[name]).to_pylist())
    except UnicodeDecodeError as error:
        raise SnapshotError(f"table {name!r}: {path} holds text that is not UTF-8") from error


def _part_bytes(folder: Path, relative: str, name: str) -> bytes:
    path = folder / relative
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
        content = path.read_bytes() if inside else b""
    except OSError as error:
        raise SnapshotError(f"table {name!r}: cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a zero byte in the path
        raise SnapshotError(f"table {name!r}: {relative!r} is no path: {error}") from error
    if not inside:
        raise SnapshotError(f"table {name!r}: the part {relative} lies outside the snapshot")
    return content
