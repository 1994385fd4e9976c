"""Read a frozen snapshot; what the format refuses is an error of the core."""

from pathlib import Path

from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.snapshot import Snapshot, read_folder
from rewardsvc.core.errors import SnapshotError


def read_snapshot(folder: Path, *, manifest: Path | None = None) -> Snapshot:
    """Read and verify the snapshot in a folder, as `read_folder` does. Raises SnapshotError."""
    try:
        return read_folder(folder, manifest=manifest)
    except FormatError as error:
        raise SnapshotError(str(error)) from error
