"""Run the two statements of the judging loop, prepared, on the persistent connection.

Everything else uses the ORM. Skipped here for speed: the query that checks the connection at the
start of a request, client-side binding, and Django's cursor.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection


def fetch_rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run an idempotent statement and return its rows.

    Outside a transaction a lost connection is replaced once. The first try may or may not have been
    committed, so the statement must be idempotent. Raises Django's database errors.
    """
    try:
        return _fetch(statement, values)
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block or not _is_lost():
            raise
        connection.close()
        return _fetch(statement, values)


def _fetch(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection.validate_no_broken_transaction()
    # A second try replaces a query that checks whether the connection is alive.
    connection.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


def _is_lost() -> bool:
    return connection.connection is not None and bool(connection.connection.closed)
