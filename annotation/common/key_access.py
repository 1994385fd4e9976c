"""Find out who calls with a key, and what the key allows."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework.authtoken.models import Token

from annotation.models import ApiKey, User

Scope = ApiKey.Scope
#: How exactly the last use of a key is known.
USED_EVERY = timedelta(hours=1)
PASSWORD_UNCHANGED = Q(user__password_changed_at=None)


@dataclass(frozen=True)
class KeyAccess:
    """The person who calls with a key, and the scopes of the key."""

    user: User
    scopes: frozenset[str]

    def require(self, *scopes: str) -> None:
        """Raise PermissionDenied unless the key has one of the scopes."""
        if not self.scopes.intersection(scopes):
            raise PermissionDenied(f"This key lacks the scope {' or '.join(scopes)}.")


def hash_of(key: str) -> str:
    """Return what is stored of a key."""
    return sha256(key.encode(errors="replace")).hexdigest()


def access_of(key: str) -> KeyAccess | None:
    """Return who may call with a key, or None. One query, and once an hour a write.

    A key ends with its time, its revocation, the account, and a change of the password.
    """
    unchanged = PASSWORD_UNCHANGED | Q(user__password_changed_at__lte=F("created_at"))
    row = (
        ApiKey.objects.filter(key_sha256=hash_of(key), revoked_at=None, user__is_active=True)
        .filter(unchanged, Q(expires_at=None) | Q(expires_at__gt=Now()))
        .select_related("user")
        .first()
    )
    if row is None:
        return _access_of_token(key)
    if row.last_used_at is None or timezone.now() - row.last_used_at > USED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=Now())
    return KeyAccess(row.user, frozenset(row.scopes))


def _access_of_token(key: str) -> KeyAccess | None:
    """Look in the framework's own table, which holds only tokens that other programs put there."""
    unchanged = PASSWORD_UNCHANGED | Q(user__password_changed_at__lte=F("created"))
    found = Token.objects.filter(unchanged, key=key.replace("\0", ""), user__is_active=True)
    token = found.select_related("user").first()
    return None if token is None else KeyAccess(cast("User", token.user), frozenset(Scope.values))
