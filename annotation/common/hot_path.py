"""Run the two statements of the judging loop: on the kept connection, prepared, nothing around.

The ORM is for everything else. What is left out here: the query that checks the connection before
a request's first use of it, client-side binding, and Django's own cursor.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection


def fetch_rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement that may run twice without harm, and return its rows.

    Outside a transaction a connection that was lost is replaced once: the first try may or may
    not have been committed, so the statement must find what it did before. Raises Django's
    database errors.
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
    # Instead of a query that asks whether the connection lives, a second try if it does not.
    connection.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
        return cursor.fetchall()


def _is_lost() -> bool:
    return connection.connection is not None and bool(connection.connection.closed)
