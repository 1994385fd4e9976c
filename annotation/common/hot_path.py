"""Run the two statements of the judging loop, prepared, on the persistent connection.

Everything else uses the ORM. Skipped here for speed: the query that checks the connection at the
start of a request, client-side binding, and Django's cursor.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection

Result = TypeVar("Result")


def fetch_rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run an idempotent statement and return its rows.

    Outside a transaction a lost connection is replaced once. The first try may or may not have been
    committed, so the statement must be idempotent. Raises Django's database errors.
    """
    return read_again_if_lost(lambda: _fetch(statement, values))


def read_again_if_lost(read: Callable[[], Result]) -> Result:
    """Return the result of idempotent statements; a lost connection is replaced once."""
    # A second try replaces a query that checks whether the connection is alive.
    connection.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
    try:
        return read()
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block or not _is_lost():
            raise
        connection.close()
        return read()


def _fetch(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


def _is_lost() -> bool:
    return connection.connection is not None and bool(connection.connection.closed)
