"""Load rows straight into arrays: PostgreSQL's binary COPY, read by numpy in blocks."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db import connection
from psycopg import ClientCursor

Array = npt.NDArray[Any]

# PostgreSQL's name of a type, its bytes as sent (big-endian).
TYPES = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "float8": ">f8"}
SIGNATURE = b"PGCOPY\n\xff\r\n\0"
HEADER_BYTES = len(SIGNATURE) + 8  # flags and the length of an extension, always 0
TRAILER_BYTES = 2
BLOCK_ROWS = 50_000


class Column(NamedTuple):
    """What to load: a name, an SQL expression that is never NULL, and a type of TYPES."""

    name: str
    expression: str
    type: str


def load(columns: Sequence[Column], rest: str, query_params: Mapping[str, Any]) -> dict[str, Array]:
    """Return the columns of a query as arrays (n_rows,) by name. One query.

    rest: the query from its FROM on, with placeholders for `query_params`; trusted text. Rows have
    no order unless it says ORDER BY. Numbers are sent as PostgreSQL stores them, so a row costs no
    Python object. Memory: the arrays and one block of BLOCK_ROWS rows.
    Raises ValueError when a column was NULL.
    """
    chosen = ", ".join(f"({column.expression})::{column.type}" for column in columns)
    row = _row_type(columns)
    statement = f"COPY (SELECT {chosen} {rest}) TO STDOUT (FORMAT binary)"
    # Always closed: a connection in the middle of a COPY accepts no other statement.
    with closing(_blocks(statement, query_params, row)) as whole:
        blocks = [_checked(_rows(block, row), columns) for block in whole]
    return {
        column.name: np.concatenate(
            [np.zeros(0, dtype=TYPES[column.type][1:]), *(block[column.name] for block in blocks)]
        )
        for column in columns
    }


def _row_type(columns: Sequence[Column]) -> np.dtype[Any]:
    """Return the layout of a row: how many fields, then the length and the value of each."""
    fields = [("fields", ">i2")]
    for number, column in enumerate(columns):
        fields += [(f"length {number}", ">i4"), (column.name, TYPES[column.type])]
    return np.dtype(fields)


def _blocks(
    statement: str, query_params: Mapping[str, Any], row: np.dtype[Any]
) -> Generator[bytes, None, None]:
    """Yield whole rows, some BLOCK_ROWS at a time."""
    with connection.cursor() as cursor:
        # Django's cursor wrapper, which counts queries, supports COPY only without parameters.
        bound = ClientCursor(cursor.connection).mogrify(statement, query_params)
        yield from _whole_rows(cursor, bound, row)


def _whole_rows(cursor: Any, statement: str, row: np.dtype[Any]) -> Generator[bytes, None, None]:
    with cursor.copy(statement) as copy:
        parts: list[Any] = []
        size, skip = 0, HEADER_BYTES
        for part in copy:
            parts.append(part)
            size += len(part)
            if size >= BLOCK_ROWS * row.itemsize + skip:
                # PostgreSQL sends a row at a time; the first comes with the header.
                yield b"".join(parts)[skip:]
                parts, size, skip = [], 0, 0
        yield b"".join(parts)[skip:-TRAILER_BYTES]


def _rows(block: bytes, row: np.dtype[Any]) -> Array:
    if len(block) % row.itemsize:
        raise ValueError("a column is NULL in some row, which makes it shorter")
    return np.frombuffer(block, dtype=row)


def _checked(rows: Array, columns: Sequence[Column]) -> dict[str, Array]:
    """Return copies of the values in native byte order."""
    found = {}
    for number, column in enumerate(columns):
        kind = np.dtype(TYPES[column.type])
        if (rows[f"length {number}"] != kind.itemsize).any():
            raise ValueError(f"column {column.name} is NULL in some row")
        found[column.name] = rows[column.name].astype(kind.newbyteorder("="))
    return found
