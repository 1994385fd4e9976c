"""Snapshots in the media storage: their manifests, and readers over their parts and images."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import BinaryIO

from django.core.files.storage import default_storage

from annotation.common.storage import original_name, read
from annotation.errors import DomainError
from annotation.models import Snapshot
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.manifest import Manifest, parse_manifest
from annotation.snapshots.format.reader import SnapshotReader

FOLDER = PurePath("snapshots")


@contextmanager
def domain_errors() -> Iterator[None]:
    """Raise what the format refuses as a DomainError with the same text."""
    try:
        yield
    except FormatError as error:
        raise DomainError(str(error)) from error


def manifest_of(snapshot: Snapshot) -> Manifest:
    """Return a snapshot's verified manifest. Raises DomainError where it is not what was frozen."""
    with domain_errors():
        return parse_manifest(read(snapshot.manifest_path), snapshot.manifest_path)


def reader_of(snapshot: Snapshot) -> SnapshotReader:
    """Return a reader over the media storage, whose methods raise FormatError.

    Raises DomainError as `manifest_of` does.
    """

    def open_file(name: str) -> BinaryIO:
        folder, _, rest = name.partition("/")
        stored = original_name(rest) if folder == "images" else str(FOLDER / name)
        return default_storage.open(stored, "rb")  # type: ignore[return-value]

    return SnapshotReader(manifest_of(snapshot), open_file, FOLDER)
