"""One log line for each sign-in, failed sign-in and sign-out, on the site's page or the admin's.

People appear by account id. A typed user name is never logged: it may be a password that was typed
into the wrong field.
"""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from annotation.people.sign_in.limits import network_of

logger = logging.getLogger("editjury.security")


def connect() -> None:
    """Connect to Django's signals, since the admin's sign-in page is not a view of this app."""
    user_logged_in.connect(_signed_in, dispatch_uid="sign_in_log")
    user_login_failed.connect(_failed, dispatch_uid="sign_in_log")
    user_logged_out.connect(_signed_out, dispatch_uid="sign_in_log")


def _signed_in(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    logger.info("signed in", extra=_event("signed_in", user.pk, request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if getattr(request, "sign_in_wait", None) is not None:
        return  # refused without a look at the password: the 429 has a line of its own
    people = get_user_model()
    name = credentials.get(people.USERNAME_FIELD)
    pk = people.objects.filter(username=name).values_list("pk", flat=True).first()
    logger.warning("sign-in failed", extra=_event("sign_in_failed", pk, request))


def _signed_out(user: Any, request: HttpRequest | None = None, **_: Any) -> None:
    if user is not None:
        logger.info("signed out", extra=_event("signed_out", user.pk, request))


def _event(name: str, account: int | None, request: HttpRequest | None) -> dict[str, Any]:
    address = {} if request is None else {"address": network_of(request)}
    return {"event": name, "user": account, **address}
