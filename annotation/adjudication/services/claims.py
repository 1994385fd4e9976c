"""Give an adjudicator, or a lead, the dispute to decide next."""

import random
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from annotation.errors import DomainError
from annotation.judging.services.judgments import is_withdrawn
from annotation.models import Assignment, Campaign, Comparison, Lane, Membership, QueueEntry, User
from annotation.queue.selectors.queue import NEVER_AGAIN, within_skills
from annotation.queue.services.returns import expire_leases
from annotation.queue.services.slots import lock_comparisons
from annotation.rubrics.selectors import published_rubric

Role = Membership.Role
State = Assignment.State
LEAD_PICKED = "lead"
NO_ROLE = "Only adjudicators and leads of this campaign decide disputes."
NOT_OPEN = "The campaign is {state}: nothing is sent to anybody."
JUDGED = "You have judged this comparison yourself, so somebody else has to decide it."
TAKEN = "Somebody else is deciding this comparison now."
NOT_OFFERED = "This comparison is not among the disputes now."
#: Disputes that are looked at before it counts as none; the first few are nearly always free.
AT_A_TIME = 20


@transaction.atomic
def claim(*, campaign: Campaign, user: User, named: Comparison | None = None) -> Assignment | None:
    """Return the dispute that a person decides next, leased until it expires; None = none waits.

    A live claim of the person comes back first, unless another comparison is named. named: an
    offered dispute, or, for a lead, any comparison. The order of the edits is drawn anew. Raises
    DomainError saying why not, and then changes nothing.
    """
    member = _lock_member(campaign, user)
    campaign = Campaign.objects.get(pk=campaign.pk)
    rubric = published_rubric(campaign)
    if not campaign.is_open or rubric is None:
        raise DomainError(NOT_OPEN.format(state=campaign.get_state_display().lower()))
    expire_leases(campaign=campaign)
    held = Assignment.objects.filter(
        campaign=campaign, annotator=user, lane=Lane.ADJUDICATION, state=State.LEASED
    )
    mine = held.filter(expires_at__gt=Now()).order_by("leased_at", "pk")
    if named is not None:
        mine = mine.filter(comparison=named)
    if (live := mine.first()) is not None:
        return live
    found = _named(member, named) if named is not None else _next(member)
    if found is None:
        return None
    comparison, entry = found
    if entry is not None:
        entry.delete()
    leased = Assignment.objects.create(
        campaign=campaign,
        comparison=comparison,
        annotator=user,
        rubric=rubric,
        lane=Lane.ADJUDICATION,
        policy=entry.policy if entry else LEAD_PICKED,
        propensity=entry.propensity if entry else None,
        shown_order=_draw_order(comparison.k),
        expires_at=Now() + timedelta(minutes=campaign.lease_minutes),
    )
    leased.refresh_from_db(fields=["leased_at", "expires_at"])
    return leased


def _lock_member(campaign: Campaign, user: User) -> Membership:
    """Lock the person's roles, so that several tabs take turns; return the deciding one."""
    members = list(
        Membership.objects.select_for_update(no_key=True)
        .filter(
            campaign=campaign,
            user=user,
            role__in=[Role.ADJUDICATOR, Role.LEAD],
            removed_at__isnull=True,
        )
        .order_by("role")
    )
    if not members:
        raise DomainError(NO_ROLE)
    if any(member.paused_at for member in members):
        raise DomainError("A lead has paused your work here.")
    # A lead has no skills that limit what is offered.
    return members[-1]


def _next(member: Membership) -> tuple[Comparison, QueueEntry] | None:
    """Return the first dispute that the person may decide and nobody else is taking now."""
    for entry in _offered(member):
        found = _take(member, entry.comparison_id, waits=False)
        if found is not None and found[1] is not None:
            return found[0], found[1]
    return None


def _offered(member: Membership) -> Iterator[QueueEntry]:
    mine = Assignment.objects.filter(annotator=member.user_id, state__in=NEVER_AGAIN)
    rows = (
        QueueEntry.objects.filter(
            within_skills(member),
            campaign=member.campaign_id,
            lane=Lane.ADJUDICATION,
            comparison__withdrawn_at__isnull=True,
            comparison__item__withdrawn_at__isnull=True,
        )
        .exclude(comparison__in=mine.values("comparison"))
        .order_by("draw_key", "pk")
    )
    yield from rows[:AT_A_TIME]


def _named(member: Membership, named: Comparison) -> tuple[Comparison, QueueEntry | None]:
    found = _take(member, named.pk, waits=True)
    if found is None:
        raise DomainError(TAKEN)
    comparison, entry = found
    held_by_me = Assignment.objects.filter(comparison=comparison, annotator=member.user_id)
    if held_by_me.filter(state__in=NEVER_AGAIN).exists():
        raise DomainError(JUDGED)
    if entry is None and member.role != Role.LEAD:
        raise DomainError(NOT_OFFERED)
    return comparison, entry


def _take(
    member: Membership, comparison_id: int, *, waits: bool
) -> tuple[Comparison, QueueEntry | None] | None:
    """Lock a comparison and its offer; None where somebody else has it, or it left the queue."""
    locked = lock_comparisons([comparison_id], skip_locked=not waits)
    if not locked or is_withdrawn(locked[0]):
        return None
    others = Assignment.objects.filter(
        comparison=comparison_id, lane=Lane.ADJUDICATION, state=State.LEASED
    ).exclude(annotator=member.user_id)
    if others.exists():
        return None
    entries = QueueEntry.objects.filter(comparison=comparison_id, lane=Lane.ADJUDICATION)
    entry = entries.select_for_update(skip_locked=True).first()
    if entry is None and entries.exists():
        return None
    return locked[0], entry


def _draw_order(k: int) -> list[int]:
    return random.SystemRandom().sample(range(k), k)
