"""Check passwords, within limits, on every page that signs somebody in."""

import threading
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from annotation.models import User
from annotation.people.sign_in.browsers import known_browser
from annotation.people.sign_in.limits import attempt_of, forgive, give_back, take

#: Passwords that one process checks at a time: its other threads go on answering.
_checking = threading.BoundedSemaphore(1)
WAIT_FOR_TURN_S = 1.0
BUSY_S = 2.0


class LimitedBackend(ModelBackend):
    """Django's backend; too many attempts are refused before the password is hashed.

    The request gets `sign_in_wait`, the seconds until the next attempt, and PermissionDenied stops
    Django from asking another backend. Without a request (commands, tests) nothing is limited.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if request is None or not username or password is None:
            return super().authenticate(request, username, password, **kwargs)
        account = User.objects.filter(username=username).values_list("pk", flat=True).first()
        attempt = attempt_of(
            request, username=username, known_browser=known_browser(request, account)
        )
        if wait := take(attempt):
            _refuse(request, wait)
        if not _checking.acquire(timeout=WAIT_FOR_TURN_S):
            give_back(attempt)
            _refuse(request, BUSY_S)
        try:
            user = super().authenticate(request, username, password, **kwargs)
        finally:
            _checking.release()
        if user is not None:
            forgive(attempt)
        return user


def _refuse(request: HttpRequest, wait: float) -> None:
    request.sign_in_wait = wait  # type: ignore[attr-defined]
    raise PermissionDenied
