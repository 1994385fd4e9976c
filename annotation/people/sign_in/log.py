"""Record each sign-in, failed sign-in and sign-out, on the site's page or the admin's.

A typed user name is recorded only where an account has it: it may be a password that was typed into
the wrong field.
"""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from annotation.common.addresses import network_of
from annotation.common.events import append, record

logger = logging.getLogger("editjury.security")


def connect() -> None:
    """Connect to Django's signals, since the admin's sign-in page is not a view of this app."""
    user_logged_in.connect(_signed_in, dispatch_uid="sign_in_log")
    user_login_failed.connect(_failed, dispatch_uid="sign_in_log")
    user_logged_out.connect(_signed_out, dispatch_uid="sign_in_log")


def _signed_in(user: Any, **_: Any) -> None:
    record(None, user, "signed_in")


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if getattr(request, "sign_in_wait", None) is not None:
        return  # refused without a look at the password: the 429 has a line of its own
    people = get_user_model()
    name = credentials.get(people.USERNAME_FIELD)
    account = people.objects.filter(username=name).first()
    extra = {"event": "sign_in_failed", "user": account and account.pk}
    if request is not None:
        extra["address"] = network_of(request)
    logger.warning("sign-in failed", extra=extra)
    if account is not None:
        append(None, None, "sign_in_failed", user=account.get_username())


def _signed_out(user: Any, **_: Any) -> None:
    if user is not None:
        record(None, user, "signed_out")
