"""Make and revoke the API keys of a person."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone

from annotation.common.events import record
from annotation.common.key_access import PASSWORD_UNCHANGED, Scope, hash_of
from annotation.errors import DomainError, InvalidSetting
from annotation.models import ApiKey, User

# 160 random bits, in the form of the tokens of earlier versions.
KEY_BYTES = 20
MOST = 20


def valid_keys_of(user: User) -> Sequence[ApiKey]:
    """Return the keys with which a person can call, newest first. One query."""
    found = ApiKey.objects.filter(user=user, revoked_at=None)
    found = found.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))
    unchanged = PASSWORD_UNCHANGED | Q(user__password_changed_at__lte=F("created_at"))
    return list(found.filter(unchanged).order_by("-created_at", "-pk"))


@transaction.atomic
def create_key(
    *, user: User, name: str, scopes: Collection[str], days: int | None, actor: User | None
) -> str:
    """Store a new key and return it; only its hash is kept. days: until it expires, None = never.

    Raises InvalidSetting without a name or a known scope, DomainError beyond MOST keys.
    """
    name = name.strip()
    if not name:
        raise InvalidSetting("name", "Say what the key is for.")
    if not scopes or set(scopes) - set(Scope.values):
        raise InvalidSetting("scopes", "Choose at least one scope.")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if len(valid_keys_of(user)) >= MOST:
        raise DomainError(f"You have {MOST} keys. Revoke one that you do not need.")
    key = secrets.token_hex(KEY_BYTES)
    row = ApiKey.objects.create(
        user=user,
        name=name,
        key_sha256=hash_of(key),
        scopes=[scope for scope in Scope.values if scope in scopes],
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    record(None, actor, "key_created", user=user.username, name=name, scopes=row.scopes)
    return key


@transaction.atomic
def revoke_key(*, user: User, public_id: UUID, actor: User) -> str:
    """End a key of a person at once, and return its name. Raises Http404 where there is none."""
    found = ApiKey.objects.select_for_update(no_key=True).filter(user=user, public_id=public_id)
    row = found.filter(revoked_at=None).first()
    if row is None:
        raise Http404("No such key.")
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=Now())
    record(None, actor, "key_revoked", user=user.username, name=row.name)
    return row.name
