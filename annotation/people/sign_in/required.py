"""Refuse what nobody in particular sends, before its body is read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
#: Who may post without an account. The API answers 401 by itself, before it reads a body.
OPEN = ("login", "logout", "account-link", "password-forgotten", "admin:login")
API = "/api/"


class SignInRequiredMiddleware:
    """Answer 401 to a request that would change something, without a session.

    Else the check of the form's token would read and store the whole form first, however large.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.method not in SAFE
            and not request.path_info.startswith(API)
            and request.path_info not in {reverse(name) for name in OPEN}
            and not request.user.is_authenticated
        ):
            response = render(request, "401.html", status=401)
            # The page that the form was on shows the sign-in, and leads back.
            response["WWW-Authenticate"] = "Session"
            return response
        return self.get_response(request)
