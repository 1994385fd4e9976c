"""Work on many rows: a failing row is logged and skipped, and the others continue."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, connection, transaction

from jobs.errors import Cancelled, ClaimLost

Row = TypeVar("Row")
logger = logging.getLogger(__name__)

# Errors that end the whole work instead of one row.
ENDS_ALL = (SoftTimeLimitExceeded, ClaimLost, Cancelled, InterfaceError)
MAX_REASON = 300


@dataclass
class Tally:
    """Result. failed: reason by the row's name. is_complete: whether all rows were processed."""

    n_done: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    is_complete: bool = True


def for_each(  # noqa: PLR0913 - options, all by keyword
    rows: Iterable[Row],
    work: Callable[[Row], object],
    *,
    name: Callable[[Row], str],
    on_failure: Callable[[Row, str], object] | None = None,
    on_success: Callable[[Row], object] | None = None,
    until: float | None = None,
) -> Tally:
    """Do the work on every row; log, record and skip each that fails.

    name: the name of a row in the log. on_failure(row, reason) and on_success(row) record the
    result. until: a time of `time.monotonic()` after which no row is begun. Within a
    transaction each row has a savepoint. Raises what ends all of the work: the task's time limit,
    a lost claim, a cancelled job, a lost connection to the database.
    """
    tally = Tally()
    for row in rows:
        if until is not None and time.monotonic() >= until:
            tally.is_complete = False
            break
        try:
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                work(row)
        except ENDS_ALL:
            raise
        except Exception as error:
            if not connection.in_atomic_block and not connection.is_usable():
                raise
            logger.exception("%s failed; going on with the next", name(row))
            tally.failed[name(row)] = reason_of(error)
            if on_failure is not None:
                on_failure(row, reason_of(error))
            continue
        tally.n_done += 1
        if on_success is not None:
            on_success(row)
    return tally


def reason_of(error: BaseException) -> str:
    """Return the kind of an error and the first line of its text, for a person to read."""
    lines = str(error).splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text.replace("\x00", "\ufffd")[:MAX_REASON]


@contextmanager
def one_at_a_time(name: str) -> Iterator[bool]:
    """Hold a lock of this name on the database; False while another process holds it.

    A session lock: PostgreSQL releases it when the connection or the process ends.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (is_held,) = cursor.fetchone()
    try:
        yield is_held
    finally:
        if is_held and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
