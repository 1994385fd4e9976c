"""Rows of local data files: Parquet, JSON, JSON lines, TSV and CSV, with checked access."""

import csv
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewardsvc.benchmarks.data import DataFault, Picture

SUFFIXES = (".parquet", ".json", ".jsonl", ".tsv", ".csv")
# Row groups whose picture columns are kept in memory at a time.
_KEPT = 8


@dataclass(frozen=True)
class Row:
    """One row of a file; number counts from 1 over the data rows."""

    path: Path
    number: int
    values: dict[str, Any]
    stored: Callable[[str, int | None], bytes] | None = None

    def fault(self, column: str, why: str) -> DataFault:
        return DataFault(self.path, why, row=self.number, column=column)

    def value(self, column: str) -> Any:
        """Return a value; raises DataFault where the column is missing or empty."""
        found = self.values.get(column)
        if found is None or found == "":
            raise self.fault(column, "is missing")
        return found

    def text(self, column: str, default: str | None = None) -> str:
        if default is not None and not self.values.get(column):
            return default
        found = self.value(column)
        if not isinstance(found, str | int):
            raise self.fault(column, f"{found!r} is no text")
        return str(found)

    def number_of(self, column: str) -> float:
        """Return a finite number; raises DataFault otherwise."""
        found = self.value(column)
        try:
            number = float(found)
        except (TypeError, ValueError):
            raise self.fault(column, f"{found!r} is no number") from None
        if not math.isfinite(number):
            raise self.fault(column, f"{found!r} is not finite")
        return number

    def listed(self, column: str, least: int = 1) -> list[Any]:
        found = self.value(column)
        if not isinstance(found, list) or len(found) < least:
            raise self.fault(column, f"is no list of {least} or more")
        return found

    def picture(self, column: str, index: int | None = None) -> Picture:
        """Return a picture: bytes in the file, or a path relative to the file's folder.

        index: which of a list of pictures. Raises DataFault where there is none.
        """
        found = self.value(column)
        if index is not None:
            found = self.listed(column, index + 1)[index]
        place = "" if index is None else f" {index + 1}"
        name = f"{self.path}, row {self.number}, {column}{place}"
        if self.stored is not None and isinstance(found, dict):
            if found.get("bytes"):
                read = self.stored
                return Picture(name, lambda: read(column, index))
            found = found.get("path")
        if not isinstance(found, str) or not found:
            raise self.fault(column, "holds no picture")
        path = self.path.parent / found
        if not path.is_file():
            raise self.fault(column, f"the picture {found} is missing")
        return Picture(str(path), path.read_bytes)


def data_files(data: Path, *, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """Return the data file itself, or all files of these kinds in a folder, by name.

    Raises DataFault where there is none.
    """
    if data.is_file():
        return [data]
    found = sorted(path for path in data.rglob("*") if path.suffix in suffixes and path.is_file())
    if not found:
        raise DataFault(data, f"holds no file that ends with {', '.join(suffixes)}")
    return found


def rows(path: Path, *, key: str = "") -> Iterator[Row]:
    """Yield the rows of one file. key: where a JSON object keeps its list of rows.

    Raises DataFault for files that cannot be read as what their name says.
    """
    readers = {".parquet": _parquet, ".jsonl": _json_lines, ".tsv": _separated, ".csv": _separated}
    try:
        if path.suffix == ".json":
            yield from _json(path, key)
        elif path.suffix in readers:
            yield from readers[path.suffix](path)
        else:
            raise DataFault(path, f"ends with none of {', '.join(SUFFIXES)}")
    except (OSError, UnicodeError, csv.Error, pa.ArrowException) as error:
        raise DataFault(path, f"cannot be read: {error}") from error


def _json(path: Path, key: str) -> Iterator[Row]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataFault(path, f"is no JSON: {error}") from error
    listed = content.get(key) if key and isinstance(content, dict) else content
    if not isinstance(listed, list):
        raise DataFault(path, f"holds no list of rows{f' under {key}' if key else ''}")
    for number, values in enumerate(listed, start=1):
        yield _row(path, number, values)


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except ValueError as error:
                raise DataFault(path, f"is no JSON: {error}", row=number) from error
            yield _row(path, number, values)


def _separated(path: Path) -> Iterator[Row]:
    delimiter = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, values in enumerate(csv.DictReader(file, delimiter=delimiter), start=1):
            if None in values or None in values.values():
                raise DataFault(path, "has another number of columns than the header", row=number)
            yield Row(path, number, dict(values))


def _row(path: Path, number: int, values: Any) -> Row:
    if not isinstance(values, dict):
        raise DataFault(path, "is no object", row=number)
    return Row(path, number, values)


def _parquet(path: Path) -> Iterator[Row]:
    """Yield rows without the bytes of pictures: where there are some, `bytes` is True."""
    file = pq.ParquetFile(path)
    number = 0
    for group in range(file.num_row_groups):
        table = file.read_row_group(group)
        columns = {name: _light(table.column(name)) for name in table.column_names}
        for index in range(table.num_rows):
            number += 1
            values = {name: column[index] for name, column in columns.items()}
            yield Row(path, number, values, _stored(path, group, index))


def _light(column: pa.ChunkedArray) -> list[Any]:
    return [_without_bytes(value) for value in column.to_pylist()]


def _without_bytes(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_bytes(each) for each in value]
    if isinstance(value, dict) and "bytes" in value:
        return value | {"bytes": bool(value["bytes"])}
    return value


def _stored(path: Path, group: int, index: int) -> Callable[[str, int | None], bytes]:
    def read(column: str, position: int | None) -> bytes:
        value = _column(path, group, column)[index].as_py()
        found = value if position is None else value[position]
        return bytes(found["bytes"])

    return read


@lru_cache(maxsize=_KEPT)
def _column(path: Path, group: int, column: str) -> pa.ChunkedArray:
    return pq.ParquetFile(path).read_row_group(group, columns=[column]).column(0)
