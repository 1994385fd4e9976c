"""Count the calls of people who are signed in by a session; the API counts those with a key."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from annotation.common.call_limits import CALL, PICTURE, refuse_too_many
from annotation.errors import TooManyCalls


class CallLimitMiddleware:
    """Answer 429 with Retry-After where one person calls too often; others are not affected."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            cost = PICTURE if request.path_info.startswith("/media/") else CALL
            try:
                refuse_too_many(request.user.pk, cost)
            except TooManyCalls as refusal:
                return _refused(request, refusal)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a page that was called too often with a key."""
        return _refused(request, error) if isinstance(error, TooManyCalls) else None


def _refused(request: HttpRequest, refusal: TooManyCalls) -> HttpResponse:
    response: HttpResponse
    if request.path_info.startswith("/api/"):
        response = JsonResponse({"detail": str(refusal), "field": None}, status=429)
    else:
        response = render(request, "429.html", {"refusal": refusal}, status=429)
    response["Retry-After"] = refusal.retry_after
    return response
