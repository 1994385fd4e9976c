"""People of a campaign: add them, give and remove roles, pause annotators."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.reasons import read_reason
from annotation.errors import DomainError, InvalidSetting
from annotation.models import Campaign, Lane, Membership, User
from annotation.people.messages import Kind, tell
from annotation.queue.services.own_plans import own_plan
from annotation.queue.services.returns import end_open_leases

Role = Membership.Role
# The lanes in which a role gets work.
LANES_OF: dict[str, list[str]] = {
    Role.ANNOTATOR: [lane for lane in Lane.values if lane != Lane.ADJUDICATION],
    Role.ADJUDICATOR: [Lane.ADJUDICATION],
    Role.LEAD: [Lane.ADJUDICATION],
}
# 16 characters out of 31 that are not easily confused: 79 bits.
SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 16
MAX_REASON = 200


@dataclass(frozen=True)
class Added:
    """A person who was added. password: of a new account, known only here; else None.

    is_paused: the person was removed while paused and is still paused.
    """

    user: User
    password: str | None
    is_paused: bool = False


@transaction.atomic
def add_person(
    *,
    campaign: Campaign,
    username: str,
    roles: Collection[str],
    actor: User | None,
    new_account: bool = False,
) -> Added:
    """Give an existing or a new account its roles in a campaign.

    Raises InvalidSetting naming the field: an unknown (or, for a new account, taken or malformed)
    user name, no role, or nothing new; then nothing changed.
    """
    unknown = set(roles) - set(Role.values)
    if not roles or unknown:
        raise InvalidSetting("roles", "Choose at least one role.")
    lock_campaign(campaign)
    username = username.strip()
    added = _new_account(username) if new_account else Added(_existing(username), None)
    new_roles = [
        role for role in Role.values if role in roles and _give(campaign, added.user, role)
    ]
    if not new_roles:
        raise InvalidSetting("username", f"{username} has these roles already.")
    record(campaign, actor, "roles_given", user=added.user.username, roles=new_roles)
    paused = Membership.objects.filter(
        campaign=campaign, user=added.user, removed_at__isnull=True, paused_at__isnull=False
    )
    return replace(added, is_paused=paused.exists())


@transaction.atomic
def give_role(*, campaign: Campaign, user: User, role: str, actor: User | None) -> bool:
    """Give a person one more role and return whether it is new. Idempotent."""
    _refuse_unknown(role)
    lock_campaign(campaign)
    is_new = _give(campaign, user, role)
    if is_new:
        record(campaign, actor, "roles_given", user=user.username, roles=[role])
    return is_new


@transaction.atomic
def remove_role(*, campaign: Campaign, user: User, role: str, actor: User | None) -> None:
    """Remove a role and release its open leases; judgments stay.

    Raises DomainError for the last lead.
    """
    _refuse_unknown(role)
    lock_campaign(campaign)
    membership = _membership(campaign, user, role)
    if role == Role.LEAD:
        leads = Membership.objects.filter(
            campaign=campaign, role=Role.LEAD, removed_at__isnull=True, user__is_active=True
        )
        if not leads.exclude(pk=membership.pk).exists():
            raise DomainError(
                f"{user.username} is the only lead here. Make someone else a lead first."
            )
    Membership.objects.filter(pk=membership.pk).update(removed_at=Now())
    if role in LANES_OF:
        end_open_leases(campaign=campaign, annotator=user, lanes=LANES_OF[role])
    record(campaign, actor, "role_removed", user=user.username, role=role)


@transaction.atomic
def pause_annotator(
    *, campaign: Campaign, user: User, reason: str, actor: User | None, message: str = ""
) -> None:
    """Stop serving an annotator until resumed; the reason is recorded.

    Open leases return to the queue at once; a late answer is kept as surplus. message: what the
    person reads, and may appeal against; "" = nothing. Raises InvalidSetting without a reason.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    lock_campaign(campaign)
    membership = _membership(campaign, user, Role.ANNOTATOR)
    if membership.paused_at is not None:
        raise DomainError(f"{user.username} is paused already.")
    Membership.objects.filter(pk=membership.pk).update(paused_at=Now())
    end_open_leases(campaign=campaign, annotator=user)
    if message.strip():
        tell(campaign=campaign, user=user, kind=Kind.PAUSED, text=message, actor=actor)
    record(campaign, actor, "annotator_paused", user=user.username, reason=reason)


@transaction.atomic
def resume_annotator(
    *, campaign: Campaign, user: User, actor: User | None, message: str = ""
) -> None:
    """Serve a paused annotator again. message: what the person reads; "" = nothing."""
    lock_campaign(campaign)
    membership = _membership(campaign, user, Role.ANNOTATOR)
    if membership.paused_at is None:
        raise DomainError(f"{user.username} is not paused.")
    Membership.objects.filter(pk=membership.pk).update(paused_at=None)
    if message.strip():
        tell(campaign=campaign, user=user, kind=Kind.RESUMED, text=message, actor=actor)
    record(campaign, actor, "annotator_resumed", user=user.username)


@transaction.atomic
def let_start(*, campaign: Campaign, user: User, actor: User | None) -> None:
    """Let an annotator begin who has not passed the campaign's gate; it is recorded.

    Raises DomainError for somebody who may judge already.
    """
    lock_campaign(campaign)
    membership = _membership(campaign, user, Role.ANNOTATOR)
    if membership.qualified_at is not None or not campaign.gate_answers:
        raise DomainError(f"{user.username} may judge already.")
    Membership.objects.filter(pk=membership.pk).update(qualified_at=Now())
    record(campaign, actor, "let_start", user=user.username)


def _refuse_unknown(role: str) -> None:
    if role not in Role.values:
        raise DomainError(f"There is no role “{role}”.")


def _membership(campaign: Campaign, user: User, role: str) -> Membership:
    membership = Membership.objects.filter(
        campaign=campaign, user=user, role=role, removed_at__isnull=True
    ).first()
    if membership is None:
        raise DomainError(f"{user.username} does not have the role {role} here.")
    return membership


def _give(campaign: Campaign, user: User, role: str) -> bool:
    membership, is_new = Membership.objects.get_or_create(
        campaign=campaign,
        user=user,
        role=role,
        defaults={"own_plan": own_plan(campaign.lane_plan)},
    )
    if is_new or membership.removed_at is None:
        return is_new
    # The old row is reused, with its pseudonym, its progress in the queue and its pause.
    Membership.objects.filter(pk=membership.pk).update(removed_at=None)
    return True


def _existing(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise InvalidSetting("username", f"There is no account named “{username}”.")
    return user


def _new_account(username: str) -> Added:
    password = "".join(secrets.choice(SIGNS) for _ in range(PASSWORD_LENGTH))
    user = User(username=User.normalize_username(username))
    user.set_password(password)
    try:
        user.full_clean(validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            user.save(force_insert=True)
    except ValidationError as error:
        raise InvalidSetting("username", " ".join(error.messages)) from error
    except IntegrityError as error:
        raise InvalidSetting(
            "username", f"There is already an account named “{username}”."
        ) from error
    return Added(user, password)
