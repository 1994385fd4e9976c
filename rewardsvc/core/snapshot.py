"""Read a frozen snapshot: the manifest and its Parquet parts, every hash checked."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewardsvc.core.errors import SnapshotError

FORMAT = "editjury-snapshot/1"
_UNHASHED = ("content_sha256", "created_at")

# The columns the reward model reads; a snapshot may hold more.
COLUMNS: dict[str, tuple[str, ...]] = {
    "items": ("item_id", "source_sha256", "instruction", "split", "random_arm", "withdrawn"),
    "candidates": ("candidate_id", "item_id", "image_sha256", "generator", "withdrawn"),
    "judgments": (
        "judgment_id",
        "comparison_id",
        "item_id",
        "candidate_ids",
        "annotator",
        "lane",
        "ranks",
        "in_force",
    ),
    "labels": (
        "comparison_id",
        "item_id",
        "candidate_ids",
        "n_judgments",
        "dimensions",
        "mean_scores",
        "pair_outcomes",
    ),
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A verified snapshot; `tables` holds the rows of each table in `COLUMNS`."""

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


def canonical_json(value: object) -> bytes:
    """Return the bytes that a manifest's hash is taken over: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def content_hash(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(
        canonical_json({key: manifest[key] for key in manifest if key not in _UNHASHED})
    ).hexdigest()


def read_snapshot(folder: Path, *, manifest: Path | None = None) -> Snapshot:
    """Read and verify the snapshot in a folder.

    manifest: where it is not `folder/manifest.json` (the media storage keeps manifests apart);
    the paths of the parts are always relative to the folder.
    Raises SnapshotError naming the file, table, column or hash that is missing or wrong.
    """
    described = _read_manifest(manifest or folder / "manifest.json")
    tables = {name: _read_table(folder, described, name) for name in COLUMNS}
    return Snapshot(described, tables)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_bytes())
    except OSError as error:
        raise SnapshotError(f"cannot read the manifest {path}: {error.strerror}") from error
    except ValueError as error:
        raise SnapshotError(f"{path} is not JSON: {error}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise SnapshotError(f"{path}: format is {found!r}, expected {FORMAT!r}")
    for key in ("content_sha256", "dimensions", "tables"):
        if key not in manifest:
            raise SnapshotError(f"{path}: the key {key!r} is missing")
    if not manifest["dimensions"]:
        raise SnapshotError(f"{path}: no dimension was judged")
    if (actual := content_hash(manifest)) != manifest["content_sha256"]:
        stated = manifest["content_sha256"]
        raise SnapshotError(f"{path}: content_sha256 is {stated}, its content hashes to {actual}")
    return dict(manifest)


def _read_table(folder: Path, manifest: Mapping[str, Any], name: str) -> list[Row]:
    described = manifest["tables"].get(name)
    if described is None:
        raise SnapshotError(f"the manifest names no table {name!r}")
    rows: list[Row] = []
    for part in described["parts"]:
        rows.extend(_read_part(folder, part, name))
    if len(rows) != described["rows"]:
        stated = described["rows"]
        raise SnapshotError(f"table {name!r} holds {len(rows)} rows, the manifest says {stated}")
    return rows


def _read_part(folder: Path, part: Mapping[str, Any], name: str) -> list[Row]:
    path = folder / str(part["path"])
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SnapshotError(f"table {name!r}: the part {part['path']} lies outside the snapshot")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"table {name!r}: cannot read {path}: {error.strerror}") from error
    if (actual := hashlib.sha256(content).hexdigest()) != part["sha256"]:
        raise SnapshotError(
            f"table {name!r}: {path} hashes to {actual}, the manifest says {part['sha256']}"
        )
    try:
        table = pq.read_table(io.BytesIO(content))
    except pa.ArrowException as error:
        raise SnapshotError(f"table {name!r}: {path} is not Parquet: {error}") from error
    missing = [column for column in COLUMNS[name] if column not in table.column_names]
    if missing:
        raise SnapshotError(f"table {name!r}: {path} lacks the column {missing[0]!r}")
    return list(table.select(COLUMNS[name]).to_pylist())
