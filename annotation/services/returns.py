"""How a lease ends without an answer, and how it is kept alive."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from annotation.errors import AlreadyAnswered, LeaseOver
from annotation.models import Assignment, Campaign, Membership, User
from annotation.selectors.access import assignment_for, roles_in
from annotation.services.answers import parse_reason
from annotation.services.places import lock_comparisons, recount

State = Assignment.State
SWEEP_SIZE = 500


def expire_leases(*, campaign: Campaign | None = None, annotator: User | None = None) -> int:
    """End leases whose time is over and return how many. Their slots stay written on them.

    Comparisons that others work on this instant are left to the next sweep.
    """
    n_expired = 0
    while batch := _expire_batch(campaign, annotator):
        n_expired += batch
    return n_expired


@transaction.atomic
def _expire_batch(campaign: Campaign | None, annotator: User | None) -> int:
    over = Assignment.objects.filter(state=State.LEASED, expires_at__lte=Now())
    if campaign is not None:
        over = over.filter(campaign=campaign)
    if annotator is not None:
        over = over.filter(annotator=annotator)
    ids = over.values_list("comparison_id", flat=True).distinct()[:SWEEP_SIZE]
    locked = [c.pk for c in lock_comparisons(list(ids), skip_locked=True)]
    n_expired = over.filter(comparison_id__in=locked).update(state=State.EXPIRED, closed_at=Now())
    if n_expired:
        recount(locked)
    return n_expired


def heartbeat(*, assignment_public_id: UUID, annotator: User) -> datetime:
    """Give a lease its full time again and return when it ends now.

    Raises LeaseOver, also for a person who is no annotator of the campaign any more.
    """
    assignment = assignment_for(annotator, assignment_public_id)
    if Membership.Role.ANNOTATOR not in roles_in(annotator, assignment.campaign):
        raise LeaseOver("You are no annotator here any more. An answer is still kept.")
    minutes = assignment.campaign.lease_minutes
    live = Assignment.objects.filter(pk=assignment.pk, state=State.LEASED)
    if not live.update(expires_at=Now() + timedelta(minutes=minutes)):
        raise LeaseOver("This lease is over. An answer is still welcome.")
    assignment.refresh_from_db(fields=["expires_at"])
    return assignment.expires_at


@transaction.atomic
def release(*, assignment_public_id: UUID, annotator: User) -> Assignment:
    """Give a live lease back; one that is over already stays as it is. Raises AlreadyAnswered."""
    assignment = lock_own_assignment(annotator, assignment_public_id)
    refuse_answered(assignment)
    if assignment.state == State.LEASED:
        close(assignment, State.RELEASED)
        recount([assignment.comparison_id])
    return assignment


@transaction.atomic
def skip(*, assignment_public_id: UUID, annotator: User, reason: Any) -> Assignment:
    """Turn a comparison down for good, with a reason of at most 200 characters.

    Skipping twice keeps the first reason. Raises InvalidAnswer and AlreadyAnswered.
    """
    said = parse_reason(reason, "reason")
    assignment = lock_own_assignment(annotator, assignment_public_id)
    refuse_answered(assignment)
    if assignment.state != State.SKIPPED:
        release_newer_lease(assignment)
        close(assignment, State.SKIPPED, skip_reason=said)
        recount([assignment.comparison_id])
    return assignment


def lock_own_assignment(annotator: User, public_id: UUID) -> Assignment:
    """Lock the comparison of a person's own assignment and return the assignment fresh, or 404."""
    own = Assignment.objects.filter(public_id=public_id, annotator=annotator)
    lock_comparisons(list(own.values_list("comparison_id", flat=True)))
    return assignment_for(annotator, public_id)


def refuse_answered(assignment: Assignment) -> None:
    """Raise AlreadyAnswered for an assignment that has its answer."""
    if assignment.state in {State.SUBMITTED, State.SURPLUS}:
        raise AlreadyAnswered("This comparison was answered already; the first answer stands.")


def release_newer_lease(assignment: Assignment) -> None:
    """Give back the lease the person got on the same comparison after this one had ended."""
    if assignment.state == State.LEASED:
        return
    Assignment.objects.filter(
        comparison_id=assignment.comparison_id,
        annotator_id=assignment.annotator_id,
        state=State.LEASED,
    ).exclude(pk=assignment.pk).update(state=State.RELEASED, closed_at=Now())


def close(assignment: Assignment, state: str, **columns: Any) -> None:
    """Write the final state of a locked assignment. The caller recounts the queue."""
    Assignment.objects.filter(pk=assignment.pk).update(state=state, closed_at=Now(), **columns)
    assignment.state = state
