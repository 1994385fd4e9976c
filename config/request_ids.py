"""Name every request, so that a person can quote it and its log lines can be found."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
#: What a proxy's id may look like; anything else is replaced and reaches no log.
VALID = re.compile(r"[A-Za-z0-9_.:-]{8,128}")

_current: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


class RequestIdMiddleware:
    """Give the request an id, its own or the proxy's, and send the id back in a header."""

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
    """Return the request that this thread answers; None outside of one."""
    return _current.get()


def request_id_of(request: HttpRequest | None) -> str | None:
    """Return the id that the middleware gave a request."""
    return getattr(request, "request_id", None)


def note_failure(error: BaseException) -> None:
    """Keep what a view turned into an answer of 503, for the log line of that answer."""
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
