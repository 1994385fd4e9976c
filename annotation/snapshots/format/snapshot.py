"""A whole snapshot in memory, as a training needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.manifest import read_manifest
from annotation.snapshots.format.reader import Row, SnapshotReader, files_in
from annotation.snapshots.format.tables import NEEDED, SIZES


@dataclass(frozen=True)
class Snapshot:
    """A verified snapshot.

    tables: the rows of each table, with the columns in `NEEDED`, and those in `SIZES` where people
    saw edits at the size of their source.
    """

    manifest: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]]

    @property
    def content_sha256(self) -> str:
        return str(self.manifest["content_sha256"])

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(self.manifest["dimensions"])

    @property
    def has_served_sizes(self) -> bool:
        """Whether people saw edits at the size of their source."""
        return _has_served_sizes(self.manifest)

    @property
    def watermarks(self) -> tuple[str, ...]:
        """The watermarks that were hidden on every picture, as the campaign named them."""
        return tuple(self.manifest.get("presentation", {}).get("masked", ()))

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


def _has_served_sizes(manifest: Mapping[str, Any]) -> bool:
    # Older snapshots name no presentation: people saw each edit in its own size.
    return bool(manifest.get("presentation", {}).get("size") == "source")


def _slugs(rubric: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the slugs of a described version; none where it is not described as it should be."""
    dimensions = rubric.get("dimensions")
    if not isinstance(dimensions, list):
        return ()
    return tuple(each.get("slug") for each in dimensions if isinstance(each, dict))


def read_folder(folder: Path, *, manifest: Path | None = None) -> Snapshot:
    """Read and verify the snapshot in a folder.

    manifest: where it is not `folder/manifest.json` (the media storage keeps manifests apart);
    the paths of the parts are always relative to the folder.
    Raises FormatError naming the file, field, table, column or hash that is missing or wrong.
    """
    path = manifest or folder / "manifest.json"
    described = read_manifest(path)
    if not described["dimensions"]:
        raise FormatError(f"{path}: no dimension was judged")
    reader = SnapshotReader(described, files_in(folder), folder)
    sizes = SIZES if _has_served_sizes(described) else {}
    tables = {
        name: list(reader.rows(name, (*columns, *sizes.get(name, ()))))
        for name, columns in NEEDED.items()
    }
    return Snapshot(described, tables)
