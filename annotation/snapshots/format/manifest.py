"""The manifest of a snapshot: read and verified, and what a writer puts into it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.snapshots.format.canonical import FORMAT, content_hash, sha256
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.fields import Fields
from annotation.snapshots.format.tables import TABLES

Manifest = dict[str, Any]


def read_manifest(path: Path) -> Manifest:
    """Return the verified manifest in a file.

    Raises FormatError naming the file, and the field or hash that is missing or wrong.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FormatError(f"cannot read the manifest {path}: {error.strerror}") from error
    return parse_manifest(content, path)


def parse_manifest(content: bytes, path: object) -> Manifest:
    """Return the manifest in the bytes of a file, verified as `read_manifest` does."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is not JSON: {error}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise FormatError(f"{path}: format is {found!r}, expected {FORMAT!r}")
    _check_fields(Fields(manifest, path, FormatError))
    try:
        actual = content_hash(manifest)
    except UnicodeEncodeError as error:
        raise FormatError(f"{path} holds text that is not Unicode: {error}") from error
    if actual != manifest["content_sha256"]:
        stated = manifest["content_sha256"]
        raise FormatError(f"{path}: content_sha256 is {stated}, its content hashes to {actual}")
    return dict(manifest)


def _check_fields(manifest: Fields) -> None:
    """Refuse a manifest of which something that is read later is missing or of another type."""
    manifest.get("content_sha256", str)
    manifest.names("dimensions")
    if "rubrics" in manifest.value:
        rubrics = manifest.inner("rubrics")
        for version in rubrics.value:
            rubrics.inner(version)
    if "presentation" in manifest.value:
        presentation = manifest.inner("presentation")
        presentation.get("size", str)
        if "masked" in presentation.value:
            presentation.names("masked")
    tables = manifest.inner("tables")
    for name in TABLES:
        if name not in tables.value:
            raise FormatError(f"{manifest.where}: the manifest names no table {name!r}")
        table = tables.inner(name)
        table.count("rows")
        for part in table.objects("parts"):
            part.get("path", str)
            part.get("sha256", str)


def part_entry(data: bytes, n_rows: int) -> dict[str, Any]:
    """Return how a manifest describes a part with these bytes."""
    digest = sha256(data)
    return {"path": f"parts/{digest}.parquet", "sha256": digest, "rows": n_rows}


def table_entry(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how a manifest describes a table of these parts."""
    return {"rows": sum(part["rows"] for part in parts), "parts": parts}


def part_paths(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the path of every part of every table, relative to the folder of the snapshot."""
    for table in manifest["tables"].values():
        for part in table["parts"]:
            yield part["path"]
