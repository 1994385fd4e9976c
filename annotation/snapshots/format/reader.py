"""Read a frozen snapshot part by part: the one source of every export."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from annotation.errors import DomainError, ImageUnusable

Row = dict[str, Any]
GONE = "is gone from the storage"
DAMAGED = "is damaged: its content has another hash"
# One entry for each format that imports take: suffix, where its mark lies, the mark.
SIGNATURES = (
    (".png", 0, b"\x89PNG"),
    (".jpg", 0, b"\xff\xd8"),
    (".webp", 8, b"WEBP"),
    (".gif", 0, b"GIF8"),
)


@dataclass(frozen=True)
class SnapshotReader:
    """A manifest, and how to open `parts/…` and `images/<sha256>` of its snapshot."""

    manifest: dict[str, Any]
    open_file: Callable[[str], BinaryIO]

    @cached_property
    def items(self) -> dict[str, Row]:
        """Items by id."""
        return {row["item_id"]: row for row in self._rows("items")}

    @cached_property
    def candidates(self) -> dict[str, Row]:
        """Candidates by id."""
        return {row["candidate_id"]: row for row in self._rows("candidates")}

    def labels(self) -> Iterator[Row]:
        """Yield labels, one part in memory at a time."""
        return self._rows("labels")

    def judgments(self) -> Iterator[Row]:
        """Yield judgments, those of one comparison together."""
        return self._rows("judgments")

    def image(self, sha256: str) -> bytes:
        """Return an original's bytes. Raises ImageUnusable naming one that is lost."""
        return read_image(sha256, lambda: self.open_file(f"images/{sha256}"))

    def columns(self, table: str, *names: str) -> Iterator[Row]:
        """Yield some columns of a table's rows: of a million rows, no more than is asked for."""
        return self._rows(table, list(names))

    def _rows(self, table: str, columns: list[str] | None = None) -> Iterator[Row]:
        for part in self.manifest["tables"][table]["parts"]:
            with self.open_file(part["path"]) as file:
                for batch in pq.ParquetFile(file).iter_batches(2_000, columns=columns):
                    yield from batch.to_pylist()


def read_image(sha256: str, open_image: Callable[[], BinaryIO]) -> bytes:
    """Return an original's bytes. Raises ImageUnusable where it is gone, unreadable or altered."""
    try:
        with open_image() as file:
            data = file.read()
    except FileNotFoundError:
        raise ImageUnusable(sha256, GONE) from None
    except OSError as error:
        raise ImageUnusable(sha256, f"cannot be read: {error.strerror or error}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ImageUnusable(sha256, DAMAGED)
    return data


def image_suffix(data: bytes) -> str:
    """Return the file name suffix that an original's first bytes call for."""
    for suffix, offset, magic in SIGNATURES:
        if data.startswith(magic, offset):
            return suffix
    raise DomainError("an original is in none of the formats that imports take")
