"""The two calls of the judging loop, without the slow parts of the framework.

The framework's parsing and authentication cost more than the work itself. Everything unusual (a
session, another content type, a method that is not POST, a token not seen lately) goes through the
framework. Both paths call `answer`.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.json import strict_constant

from annotation.common.api.base import ApiView, body_of, object_of, person
from annotation.common.api.errors import handle
from annotation.common.call_limits import refuse_too_many
from annotation.common.hot_path import read_again_if_lost
from annotation.common.key_access import KeyAccess, Scope, access_of, hash_of
from annotation.models import User

# Cache lifetime of keys: a revoked key, or one of a deactivated account or of before a change of
# the password, works for at most this long. Being removed or paused in a campaign is looked up in
# every call.
TOKEN_SECONDS = 1.0
MAX_KEYS = 10_000
PLAIN_ACCEPT = frozenset(("*/*", "application/json"))
JSON = "application/json"

_people: dict[str, tuple[KeyAccess, float]] = {}


class HotView(ApiView, ABC):
    """POST of a JSON object, answered by `answer`."""

    # Allowed fields of the body; empty when `answer` checks them itself.
    fields: tuple[str, ...] = ()

    @abstractmethod
    def answer(self, user: User, data: dict[str, Any], **route: Any) -> tuple[int, Any]:
        """Return status and body. Raises what `annotation.common.api.errors.handle` knows."""

    def dispatch(self, request: HttpRequest, *args: Any, **route: Any) -> Any:
        if not _is_plain(request):
            return super().dispatch(request, *args, **route)
        try:
            access = _access_of_request(request)
            if access is not None:
                user = access.user
                request.user = user  # the log names the person whose request was refused or failed
                refuse_too_many(user.pk)
                access.require(Scope.ANNOTATE)
                data = object_of(_json_of(request), *self.fields)
                return _response(*self.answer(user, data, **route))
        except Exception as error:
            refusal = handle(error, {})
            if refusal is None:
                raise
            return _response(refusal.status_code, refusal.data, refusal.headers)
        return super().dispatch(request, *args, **route)

    def respond(self, request: Request, **route: Any) -> Response:
        """Answer a request that went through the framework."""
        status, body = self.answer(person(request), body_of(request, *self.fields), **route)
        return Response(body, status=status)


def _is_plain(request: HttpRequest) -> bool:
    meta = request.META
    return (
        request.method == "POST"
        and meta.get("HTTP_ACCEPT", "*/*") in PLAIN_ACCEPT
        and meta.get("CONTENT_TYPE") == JSON
        and not meta.get("QUERY_STRING")
    )


def _access_of_request(request: HttpRequest) -> KeyAccess | None:
    """Return what the request's key allows; None: the framework decides what is wrong."""
    scheme, _, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme != "Token" or not key:
        return None
    now = time.monotonic()
    # Memory holds no key either.
    hashed = hash_of(key)
    known = _people.get(hashed)
    if known is not None and now < known[1]:
        return known[0]
    access = read_again_if_lost(lambda: access_of(key))
    if access is None:
        _people.pop(hashed, None)
        return None
    if len(_people) >= MAX_KEYS:
        _people.clear()
    _people[hashed] = access, now + TOKEN_SECONDS
    return access


def _json_of(request: HttpRequest) -> Any:
    """Return the JSON value of the body as the framework's strict parser would."""
    if not request.body:
        return {}
    try:
        text = request.body.decode(settings.DEFAULT_CHARSET)
        return json.loads(text, parse_constant=strict_constant)
    except RecursionError:
        raise ParseError("JSON parse error - nested too deeply") from None
    except ValueError as error:
        raise ParseError(f"JSON parse error - {error}") from None


def _response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_plain)
    kept = {name: value for name, value in (headers or {}).items() if name != "Content-Type"}
    return HttpResponse(text, status=status, content_type=JSON, headers=kept)


def _plain(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} is no JSON")
