"""A signed cookie that names the accounts which signed in from a browser.

It is no session and gives no rights. Its attempts are counted apart, so that a stranger who guesses
at an account cannot keep its owner out.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "browser"
SALT = "annotation.people.sign_in.browsers"
MAX_AGE_S = 180 * 86_400
#: People who share a browser; the one who signed in longest ago is forgotten first.
MAX_PEOPLE = 8


def known_browser(request: HttpRequest, account: int | None) -> str | None:
    """Return the browser's id if the account signed in from it before."""
    content = _read(request)
    return content["id"] if account is not None and account in content["people"] else None


def remember(request: HttpRequest, response: HttpResponse, account: int) -> None:
    """Add an account that has just signed in to the browser's cookie."""
    content = _read(request)
    people = [account, *(pk for pk in content["people"] if pk != account)][:MAX_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps({"id": content["id"], "people": people}, salt=SALT),
        max_age=MAX_AGE_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        content: dict[str, Any] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE_S
        )
    except signing.BadSignature:
        return {"id": secrets.token_hex(16), "people": []}
    return content
