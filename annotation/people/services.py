"""People of a campaign: give and remove roles, pause annotators."""

from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.reasons import read_reason
from annotation.errors import DomainError
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
MAX_REASON = 200


def give_roles(campaign: Campaign, user: User, roles: Collection[str]) -> list[str]:
    """Give a person roles and return the new ones; the caller holds the campaign's lock."""
    return [role for role in Role.values if role in roles and _give(campaign, user, role)]


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
