"""Let programs call with a key: the API, pictures and exports."""

from collections.abc import Collection
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from annotation.common.call_limits import CALL, refuse_too_many
from annotation.common.key_access import KeyAccess, access_of
from annotation.models import User

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))


class KeyAuthentication(TokenAuthentication):
    """`Authorization: Token KEY`; `request.auth` is the KeyAccess."""

    def authenticate_credentials(self, key: str) -> Any:
        """Return person and access. Raises AuthenticationFailed."""
        access = access_of(key)
        if access is None:
            raise AuthenticationFailed("Invalid token.")
        return access.user, access


def user_or_key(
    request: HttpRequest, *, scopes: Collection[str], cost: float = CALL
) -> User | None:
    """Return who is signed in, or who calls a page with a key that has one of the scopes.

    Raises PermissionDenied for a key without them, TooManyCalls for one that calls too often.
    """
    if request.user.is_authenticated:
        return request.user
    try:
        found = KeyAuthentication().authenticate(request)  # type: ignore[arg-type]
    except AuthenticationFailed:
        return None
    if found is None:
        return None
    user, access = cast("tuple[User, KeyAccess]", found)
    refuse_too_many(user.pk, cost)
    access.require(*scopes)
    return user
