"""Logging of all processes: JSON, one record per line, on stderr.

Records name people by the id of their account. No record holds a password, token, cookie, query
string or body: of a request only the fields below are read.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import psycopg
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty

from config.request_ids import current_request, failure_of, request_id_of

#: Status codes of refusals. Other codes from 400 to 499 are about invalid input.
REFUSALS = frozenset((401, 403, 404, 413, 429))
#: Longer paths and messages are cut, since anybody can send them.
LONGEST = 1_000
#: Attributes of a record that are written when the caller gave them as `extra`.
EXTRA = ("event", "campaign", "user", "address", "job", "kind")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonLine"}},
    "filters": {"answers": {"()": "config.logs.AnswerFilter"}},
    "handlers": {
        "stderr": {
            "class": "config.logs.StderrHandler",
            "formatter": "json",
            "filters": ["answers"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Instead of Django's own handlers, which mail to ADMINS or write in DEBUG only.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "editjury": {"level": "INFO"},
    },
}


class StderrHandler(logging.StreamHandler[TextIO]):
    """Write to the current sys.stderr, which tests and tools replace."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


class AnswerFilter(logging.Filter):
    """Drop records of responses that are neither server errors nor refusals.

    Django logs every response from 400 on, including forms with an empty field.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != "django.request":
            return True
        status, request = getattr(record, "status_code", 500), getattr(record, "request", None)
        if status == 503:  # noqa: PLR2004 - 503 is a fault only with an error behind it
            return failure_of(request) is not None
        if status == 404:  # noqa: PLR2004 - a 404 without a route is not a refusal
            return getattr(request, "resolver_match", None) is not None
        return status in REFUSALS or status >= 500  # noqa: PLR2004


class JsonLine(logging.Formatter):
    """Write a record as one line of JSON, with the request during which it was made."""

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None)
        if not isinstance(request, HttpRequest):
            request = current_request()
        status = getattr(record, "status_code", None)
        is_refusal = status is not None and status < 500  # noqa: PLR2004
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            # Django logs a disallowed host name at the level of a server error.
            "level": "WARNING" if is_refusal else record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:LONGEST],
            **(_of_request(request) if request is not None else {}),
            **({"status": status} if status is not None else {}),
            **{name: getattr(record, name) for name in EXTRA if hasattr(record, name)},
        }
        # A refusal needs no stack.
        if not is_refusal and (error := _error_of(record, request, status)) is not None:
            line["traceback"] = _traceback_of(error)
        return json.dumps(line, ensure_ascii=False, default=str)


def _error_of(
    record: logging.LogRecord, request: HttpRequest | None, status: int | None
) -> BaseException | None:
    """Return the error that a record is about."""
    if record.exc_info and record.exc_info[1]:
        return record.exc_info[1]
    return failure_of(request) if status is not None else None


def _traceback_of(error: BaseException) -> str:
    """Return the stack without the DETAIL of PostgreSQL, which shows row values."""
    text = "".join(traceback.format_exception(error))
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, DatabaseError | psycopg.Error) and (message := str(seen)):
            text = text.replace(message, message.partition("\nDETAIL:")[0])
        seen = seen.__cause__ or seen.__context__
    return text


def _of_request(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    return {
        "request_id": request_id_of(request),
        "method": request.method,
        "route": match.route if match is not None else None,
        "path": request.path[:LONGEST],
        "user": _user_id(request),
    }


def _user_id(request: HttpRequest) -> int | None:
    """Return the user's id where it is loaded already; logging makes no database query."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user.__dict__.get("_wrapped", empty) is empty:
        return None
    return getattr(user, "pk", None)
