"""What a sign-in changes in its response, on the site's page and on the admin's."""

import math
from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse

from annotation.people.sign_in.browsers import remember


def connect() -> None:
    """Note on the request who signs in."""
    user_logged_in.connect(_note, dispatch_uid="sign_in_browser")


class SignInMiddleware:
    """Answer a refused attempt with 429, and remember the browser of a successful one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (wait := getattr(request, "sign_in_wait", None)) is not None:
            response.status_code = 429
            response["Retry-After"] = str(math.ceil(wait))
        if (account := getattr(request, "signed_in_account", None)) is not None:
            remember(request, response, account)
        return response


def _note(request: HttpRequest | None, user: Any, **_: Any) -> None:
    if request is not None:
        request.signed_in_account = user.pk  # type: ignore[attr-defined]
