"""One log line for each sign-in, failed sign-in and sign-out, on the site's page or the admin's.

People appear by account id. A typed user name is never logged: it may be a password that was typed
into the wrong field.
"""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

logger = logging.getLogger("editjury.security")


def connect() -> None:
    """Connect to Django's signals, since the admin's sign-in page is not a view of this app."""
    user_logged_in.connect(_signed_in, dispatch_uid="sign_in_log")
    user_login_failed.connect(_failed, dispatch_uid="sign_in_log")
    user_logged_out.connect(_signed_out, dispatch_uid="sign_in_log")


def _signed_in(user: Any, **_: Any) -> None:
    logger.info("signed in", extra={"event": "signed_in", "user": user.pk})


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    people = get_user_model()
    name = credentials.get(people.USERNAME_FIELD)
    pk = people.objects.filter(username=name).values_list("pk", flat=True).first()
    logger.warning("sign-in failed", extra={"event": "sign_in_failed", "user": pk})


def _signed_out(user: Any, **_: Any) -> None:
    if user is not None:
        logger.info("signed out", extra={"event": "signed_out", "user": user.pk})
