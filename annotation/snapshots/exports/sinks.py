"""Where rows go: text files and Parquet shards, one or more files for each part of an export.

A part is the name of a file without its ending, such as `train`, and may lie in a folder.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
# A row group stores each of its images once, in a dictionary; one group is in memory at a time.
GROUP_ROWS = 64
SHARD_GROUPS = 16
# Rows without pictures are small.
PLAIN_GROUP_ROWS = 10_000


class Sink(Protocol):
    """Takes rows by part, and has written all of them when it is closed."""

    def add(self, part: str, row: Row) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class JsonLines:
    """One JSON object a line, in `<part>.jsonl`."""

    ending = ".jsonl"
    between, first, last = "\n", "", "\n"

    def __init__(self, out: Path) -> None:
        self._out = out
        self._files: dict[str, TextIO] = {}
        self._stack = ExitStack()

    def add(self, part: str, row: Row) -> None:
        """Append a row to the file of its part."""
        file = self._files.get(part)
        if file is None:
            path = self._out / f"{part}{self.ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            file = self._stack.enter_context(path.open("w", encoding="utf-8"))
            self._files[part] = file
            file.write(self.first)
        else:
            file.write(self.between)
        file.write(json.dumps(row, ensure_ascii=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.write(self.last)
        self._stack.close()


class JsonArray(JsonLines):
    """A list of JSON objects, in `<part>.json`; never all in memory."""

    ending = ".json"
    between, first, last = ",\n", "[\n", "\n]\n"


class ParquetShards:
    """Parquet files `<part>-00000.parquet`, …; in memory is one group of rows of each part."""

    def __init__(self, out: Path, schema: pa.Schema) -> None:
        self._out = out
        self._schema = schema
        plain = schema.metadata is None
        self._group_rows = PLAIN_GROUP_ROWS if plain else GROUP_ROWS
        self._groups: dict[str, list[Row]] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._n_groups: dict[str, int] = {}

    def add(self, part: str, row: Row) -> None:
        """Take a row; a full group of rows is written."""
        group = self._groups.setdefault(part, [])
        group.append(row)
        if len(group) == self._group_rows:
            self._flush(part)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            for part in self._groups:
                self._flush(part)
        for writer in self._writers.values():
            writer.close()

    def _flush(self, part: str) -> None:
        group = self._groups[part]
        if not group:
            return
        n_groups = self._n_groups.get(part, 0)
        if n_groups % SHARD_GROUPS == 0:
            self._open(part, n_groups // SHARD_GROUPS)
        self._writers[part].write_table(pa.Table.from_pylist(group, schema=self._schema))
        self._n_groups[part] = n_groups + 1
        group.clear()

    def _open(self, part: str, shard: int) -> None:
        if shard:
            self._writers[part].close()
        path = self._out / f"{part}-{shard:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # The default dictionary limit of 1 MB would store a repeated image once per row.
        self._writers[part] = pq.ParquetWriter(
            path, self._schema, dictionary_pagesize_limit=1 << 30
        )
