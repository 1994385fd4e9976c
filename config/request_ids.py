"""Give every request an id, so that people can quote it and find its log records."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
#: Allowed form of a proxy's request id; another one is replaced and never logged.
VALID = re.compile(r"[A-Za-z0-9_.:-]{8,128}")

_current: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


class RequestIdMiddleware:
    """Give the request an id, new or from the proxy, and return it in a header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _proxy_id(request) or uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        token = _current.set(request)
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = request_id
        return response


def current_request() -> HttpRequest | None:
    """Return the current request of this thread, or None."""
    return _current.get()


def request_id_of(request: HttpRequest | None) -> str | None:
    """Return the id that the middleware gave a request."""
    return getattr(request, "request_id", None)


def note_failure(error: BaseException) -> None:
    """Store the error that a view turned into a 503 response, for the log record."""
    if (request := _current.get()) is not None:
        request.failure = error  # type: ignore[attr-defined]


def failure_of(request: HttpRequest | None) -> BaseException | None:
    """Return the error that was noted for a request."""
    return getattr(request, "failure", None)


def _proxy_id(request: HttpRequest) -> str | None:
    if not settings.BEHIND_PROXY:
        return None
    sent = request.headers.get(HEADER, "")
    return sent if VALID.fullmatch(sent) else None
