"""One shape for every error: {"detail": text, "field": name or null}."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from annotation.errors import (
    CampaignNotReady,
    Conflict,
    DomainError,
    InvalidAnswer,
    InvalidSetting,
    TooManyCalls,
)
from config.request_ids import note_failure

# SQLSTATE classes of a server that shuts down, starts up or is out of resources: connection
# exception, insufficient resources, operator intervention. A lost connection has no SQLSTATE.
UNAVAILABLE = ("08", "53", "57P")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Map refusals to responses; any other exception stays a server error (500)."""
    if isinstance(error, DomainError):
        return _refusal(error)
    if isinstance(error, RequestDataTooBig):
        return _response(413, "The body is larger than any answer.")
    if isinstance(error, InterfaceError | OperationalError) and _is_unavailable(error):
        note_failure(error)
        away = _response(503, "The database is away for a moment. Please send this again.")
        away["Retry-After"] = "1"
        return away
    response = exception_handler(error, context)
    if response is not None:
        detail = response.data.get("detail") if isinstance(response.data, dict) else None
        response.data = {"detail": str(detail or "The request was refused."), "field": None}
    return response


def _refusal(error: DomainError) -> Response:
    if isinstance(error, InvalidAnswer | InvalidSetting):
        return _response(400, str(error), error.field or None)
    if isinstance(error, TooManyCalls):
        limited = _response(429, str(error))
        limited["Retry-After"] = error.retry_after
        return limited
    return _response(409 if isinstance(error, Conflict | CampaignNotReady) else 400, str(error))


def _is_unavailable(error: Exception) -> bool:
    """Whether the same request may succeed soon; false for a deadlock or a slow statement."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(UNAVAILABLE)


def _response(status: int, detail: str, field: str | None = None) -> Response:
    return Response({"detail": detail, "field": field}, status=status)
