"""Links for one use: to join a campaign, and to set a new password."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404

from annotation.common.access import roles_in
from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.errors import DomainError, InvalidSetting
from annotation.models import AccountLink, Campaign, Membership, User
from annotation.people.services import give_roles

Kind = AccountLink.Kind
Role = Membership.Role
VALID_FOR = timedelta(hours=72)


@transaction.atomic
def invite(*, campaign: Campaign, roles: Collection[str], note: str, actor: User) -> str:
    """Make an invitation and return its secret; only the secret's hash is stored.

    Raises InvalidSetting without a known role.
    """
    if not roles or set(roles) - set(Role.values):
        raise InvalidSetting("roles", "Choose at least one role.")
    chosen = [role for role in Role.values if role in roles]
    secret = _make(kind=Kind.JOIN, campaign=campaign, roles=chosen, note=note, created_by=actor)
    record(campaign, actor, "invited", roles=chosen, note=note)
    return secret


@transaction.atomic
def make_reset_link(*, campaign: Campaign, user: User, actor: User) -> str:
    """Make a link by which a person sets a new password; earlier ones end.

    Only for somebody who has no other rights than the actor has over them: no lead, no
    administrator, nobody who works in a campaign of other leads. Raises DomainError.
    """
    active = Membership.objects.filter(user=user, removed_at__isnull=True)
    led = Membership.objects.filter(user=actor, role=Role.LEAD, removed_at__isnull=True)
    elsewhere = active.exclude(campaign__in=led.values("campaign"))
    if user.is_staff or user.is_superuser or active.filter(role=Role.LEAD).exists():
        raise DomainError(f"{user.username} is a lead or an administrator: ask an administrator.")
    if not active.filter(campaign=campaign).exists():
        raise DomainError(f"{user.username} does not work here any more.")
    if elsewhere.exists() and not actor.is_superuser:
        raise DomainError(
            f"{user.username} works in a campaign that you do not lead: ask an administrator."
        )
    secret = reset_link_of(user, created_by=actor)
    record(campaign, actor, "reset_link_made", user=user.username)
    return secret


def reset_link_of(user: User, *, created_by: User | None) -> str:
    """Replace a person's links for a new password by a new one, and return its secret."""
    AccountLink.objects.filter(kind=Kind.RESET, user=user, used_at=None).update(withdrawn_at=Now())
    return _make(kind=Kind.RESET, user=user, created_by=created_by)


def valid_link(secret: str) -> AccountLink | None:
    """Return a link that can be used now, or None. One query, and one more for an invitation."""
    row = _valid(secret).select_related("campaign", "user", "created_by").first()
    if row is None or (row.kind == Kind.JOIN and not _still_leads(row)):
        return None
    return row


@transaction.atomic
def accept(*, secret: str, user: User) -> Campaign:
    """Let a person join by an invitation, and use it up.

    Raises DomainError for one that is over, and for somebody who has its roles already.
    """
    link = _locked(secret, Kind.JOIN)
    campaign = link.campaign
    if campaign is None or not _still_leads(link):
        raise DomainError("This invitation is over.")
    lock_campaign(campaign)
    new_roles = give_roles(campaign, user, link.roles)
    if not new_roles:
        raise DomainError("You have joined already. The link stays valid for somebody else.")
    AccountLink.objects.filter(pk=link.pk).update(used_at=Now(), user=user)
    record(campaign, user, "joined", user=user.username, roles=new_roles)
    return campaign


@transaction.atomic
def accept_with_new_account(*, secret: str, account: User) -> User:
    """Store a checked new account, and let it join by an invitation.

    Raises InvalidSetting for a name that was taken meanwhile, else as `accept`; then no account is
    stored.
    """
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidSetting("username", "This name is taken. Choose another one.") from error
    record(None, account, "account_made", user=account.username)
    accept(secret=secret, user=account)
    return account


@transaction.atomic
def use_reset_link(*, secret: str, password: str) -> User:
    """Set a new, checked password by a link, and use it up. Raises DomainError."""
    link = _locked(secret, Kind.RESET)
    if link.user is None:
        raise DomainError("This link is over.")
    user = User.objects.select_for_update(no_key=True).get(pk=link.user.pk)
    user.set_password(password)
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])
    AccountLink.objects.filter(pk=link.pk).update(used_at=Now())
    record(None, user, "password_reset", user=user.username)
    return user


@transaction.atomic
def withdraw(*, campaign: Campaign, public_id: UUID, actor: User) -> None:
    """End an invitation that nobody has used. Raises Http404 where there is none."""
    row = _open().select_for_update().filter(campaign=campaign, public_id=public_id).first()
    if row is None:
        raise Http404("No such invitation.")
    AccountLink.objects.filter(pk=row.pk).update(withdrawn_at=Now())
    record(campaign, actor, "invitation_withdrawn", roles=row.roles, note=row.note)


def open_invitations(campaign: Campaign) -> Sequence[AccountLink]:
    """Return the invitations that can still be used, newest first. One query."""
    found = _open().filter(campaign=campaign, kind=Kind.JOIN)
    return list(found.select_related("created_by").order_by("-created_at", "-pk"))


def _make(**columns: object) -> str:
    secret = secrets.token_urlsafe(32)
    AccountLink.objects.create(secret_sha256=_hash(secret), expires_at=Now() + VALID_FOR, **columns)
    return secret


def _open() -> QuerySet[AccountLink]:
    return AccountLink.objects.filter(used_at=None, withdrawn_at=None, expires_at__gt=Now())


def _valid(secret: str) -> QuerySet[AccountLink]:
    return _open().filter(secret_sha256=_hash(secret))


def _locked(secret: str, kind: str) -> AccountLink:
    row = _valid(secret).select_for_update().filter(kind=kind).first()
    if row is None:
        raise DomainError("This link is over. Ask for a new one.")
    return row


def _still_leads(link: AccountLink) -> bool:
    """Whether the person who invited may still do so."""
    lead, campaign = link.created_by, link.campaign
    if lead is None or campaign is None or not lead.is_active:
        return False
    return Role.LEAD in roles_in(lead, campaign)


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
