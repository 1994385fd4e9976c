"""Parquet files whose rows hold pictures, such as the shards of EditReward-Data."""

import posixpath
from collections.abc import Collection, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.errors import ImportRefused
from annotation.items.imports.files.containers import check_size
from annotation.items.imports.files.names import Found, Spelling
from annotation.items.imports.rows import RowRefused
from annotation.items.imports.tables.layouts import Layout, layout_of

SUFFIX = ".parquet"
# Rows that are decoded at a time: each may hold three pictures of many megabytes.
BATCH_ROWS = 16


class ParquetPictures:
    """A container of the pictures in Parquet files.

    A picture's path is the file, its row from 1 and its column: `train-0.parquet/7/source_img`.
    """

    reaches_outside = False

    def __init__(self, path: Path) -> None:
        self.name = path.name or str(path)
        folder = path if path.is_dir() else path.parent
        found = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not found:
            raise ImportRefused(f"{self.name}: there is no {SUFFIX} file in it")
        self._files = {file.relative_to(folder).as_posix(): _opened(file) for file in found}
        self._lock = Lock()
        self._batch: tuple[str, int, list[dict[str, Any]]] = ("", 0, [])

    def tables(self) -> Iterator[tuple[str, Layout, Iterator[dict[str, Any]]]]:
        """Yield each file with its layout and its rows. Raises ImportRefused as `layout_of`."""
        for name, file in self._files.items():
            layout = layout_of(file.schema_arrow.names, name)
            for column in layout.pictures:
                _check_picture(file.schema_arrow.field(column).type, column, name)
            yield name, layout, _rows(file, layout.columns, name)

    def manifests(self) -> list[str]:
        """Return nothing: the rows are the manifest."""
        return []

    def fit_names(self, paths: Collection[str]) -> str:  # noqa: ARG002 - for a ZIP only
        """Return no note: the paths are of this container's making."""
        return ""

    def find(self, path: str) -> Found | None:
        """Return a path as it is."""
        return Found(path, Spelling.EXACT)

    def folders(self) -> list[str]:
        """Return no folder."""
        return []

    def same_stem(self, folder: str, name: str) -> list[str]:  # noqa: ARG002 - has no folders
        """Return nothing."""
        return []

    def read(self, path: str, limit: int) -> bytes:
        """Return a picture's bytes."""
        rest, column = posixpath.split(path)
        file, row = posixpath.split(rest)
        with self._lock:
            value = self._row(file, int(row))[column]
        if value is None or value["bytes"] is None:
            raise RowRefused(f"{path}: the row has no picture")
        data: bytes = value["bytes"]
        check_size(path, len(data), limit)
        return data

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """Yield a picture's bytes in one piece."""
        yield self.read(path, limit)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _row(self, name: str, number: int) -> dict[str, Any]:
        """Return a row. Its group's rows stay in memory from the wanted batch on, one batch."""
        held, start, rows = self._batch
        if held != name or not start <= number - 1 < start + len(rows):
            file = self._files[name]
            pictures = layout_of(file.schema_arrow.names, name).pictures
            group, start = _group_of(file, number - 1)
            for batch in file.iter_batches(BATCH_ROWS, row_groups=[group], columns=list(pictures)):
                if number - 1 < start + len(batch):
                    rows = batch.to_pylist()
                    break
                start += len(batch)
            self._batch = (name, start, rows)
        return rows[number - 1 - start]


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ImportRefused(f"{path.name} is not Parquet: {_first_line(error)}") from None


def _check_picture(kind: pa.DataType, column: str, file: str) -> None:
    if not pa.types.is_struct(kind) or kind.get_field_index("bytes") < 0:
        raise ImportRefused(f"{file}: the column {column} holds {kind}, not pictures")


def _rows(file: pq.ParquetFile, columns: Collection[str], name: str) -> Iterator[dict[str, Any]]:
    try:
        for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ImportRefused(f"{name} cannot be read: {_first_line(error)}") from None


def _group_of(file: pq.ParquetFile, row: int) -> tuple[int, int]:
    """Return the row group of a row counted from 0, and the number of the group's first row."""
    start = 0
    for group in range(file.num_row_groups):
        n = file.metadata.row_group(group).num_rows
        if row < start + n:
            return group, start
        start += n
    raise RowRefused(f"there is no row {row + 1}")


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
