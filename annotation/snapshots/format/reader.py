"""Read a frozen snapshot part by part, every hash checked: the source of exports and trainings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from annotation.snapshots.format.canonical import sha256
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.images import read_image
from annotation.snapshots.format.kinds import complaint
from annotation.snapshots.format.tables import NEEDED, TABLES

Row = dict[str, Any]
OpenFile = Callable[[str], BinaryIO]
_BATCH_ROWS = 2_000


@dataclass(frozen=True)
class SnapshotReader:
    """A verified manifest, and how to open `parts/…` and `images/<sha256>` of its snapshot.

    root: where the files lie, for the text of errors. In memory are the bytes of one part and a
    few thousand of its rows. Whatever yields rows raises FormatError naming the table, and the
    file, column or hash that is missing or wrong; no row of a part with a wrong hash is yielded.
    """

    manifest: Mapping[str, Any]
    open_file: OpenFile
    root: PurePath

    @cached_property
    def items(self) -> dict[str, Row]:
        """Items by id."""
        return {row["item_id"]: row for row in self.rows("items")}

    @cached_property
    def candidates(self) -> dict[str, Row]:
        """Candidates by id."""
        return {row["candidate_id"]: row for row in self.rows("candidates")}

    def labels(self) -> Iterator[Row]:
        """Yield labels."""
        return self.rows("labels")

    def judgments(self) -> Iterator[Row]:
        """Yield judgments, those of one comparison together."""
        return self.rows("judgments")

    def image(self, sha256: str) -> bytes:
        """Return an original's bytes. Raises ImageLost naming one that is gone or damaged."""
        return read_image(sha256, lambda: self.open_file(f"images/{sha256}"))

    def rows(self, table: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """Yield the rows of a table with the columns named, or with all that it has."""
        described = self.manifest["tables"][table]
        n_rows = 0
        for part in described["parts"]:
            where = f"table {table!r}: {self.root / part['path']}"
            content = self._content(table, part["path"])
            if (actual := sha256(content)) != part["sha256"]:
                stated = part["sha256"]
                raise FormatError(f"{where} hashes to {actual}, the manifest says {stated}")
            for batch in _batches(content, table, columns, where):
                n_rows += len(batch)
                yield from batch
        if n_rows != described["rows"]:
            stated = described["rows"]
            raise FormatError(f"table {table!r} holds {n_rows} rows, the manifest says {stated}")

    def _content(self, table: str, path: str) -> bytes:
        try:
            with self.open_file(path) as file:
                return file.read()
        except FormatError as error:
            raise FormatError(f"table {table!r}: {error}") from error
        except OSError as error:
            reason = f"cannot read {self.root / path}: {error.strerror or error}"
            raise FormatError(f"table {table!r}: {reason}") from error
        except ValueError as error:  # a zero byte in the path
            raise FormatError(f"table {table!r}: {path!r} is no path: {error}") from error


def files_in(folder: Path) -> OpenFile:
    """Return how to open the files of a snapshot folder; refuses what lies outside it."""

    def open_file(name: str) -> BinaryIO:
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise FormatError(f"the part {name} lies outside the snapshot")
        return path.open("rb")

    return open_file


def _batches(
    content: bytes, table: str, columns: Sequence[str] | None, where: str
) -> Iterator[list[Row]]:
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        kinds = _checked_kinds(file.schema_arrow, table, columns, where)
        for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
            for name, kind in kinds.items():
                _check_values(batch[name], name, kind, where)
            yield batch.select(columns or batch.schema.names).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{where} is not Parquet: {error}") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{where} holds text that is not UTF-8") from error


def _checked_kinds(
    schema: pa.Schema, table: str, columns: Sequence[str] | None, where: str
) -> dict[str, str]:
    """Return the kinds of the needed columns that are read; the schema has them, and those asked.

    Values are checked batch by batch; a part without a row has none, and is checked here.
    """
    for name in columns or NEEDED[table]:
        if (count := schema.names.count(name)) != 1:
            held = f"holds the column {name!r} twice" if count else f"lacks the column {name!r}"
            raise FormatError(f"{where} {held}")
    read = schema.names if columns is None else columns
    kinds = {each.name: each.kind for each in TABLES[table] if each.needed and each.name in read}
    for name, kind in kinds.items():
        _check_values(pa.array([], schema.field(name).type), name, kind, where)
    return kinds


def _check_values(values: pa.Array, name: str, kind: str, where: str) -> None:
    if wrong := complaint(values, kind):
        raise FormatError(f"{where}: the column {name!r} {wrong}")
