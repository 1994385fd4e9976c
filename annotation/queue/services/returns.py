"""How a lease ends without an answer, and how it is kept alive."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Least, Now

from annotation.answers.parsing import parse_reason
from annotation.common.access import assignment_for
from annotation.common.failures import for_each_row
from annotation.errors import AlreadyAnswered, LeaseOver, TooManyReleases
from annotation.models import Assignment, Campaign, Lane, Membership, User, WorkFailure
from annotation.queue.selectors.standing import why_stopped
from annotation.queue.services.slots import lock_comparisons, return_slots

State = Assignment.State
# Seconds.
MAX_GRACE = 600
# Releases of one person in a campaign within an hour, but those with a grace time.
MOST_RELEASES = 60
# A lease lives at most this many times the campaign's minutes, however often it is extended.
LONGEST = 8


def expire_leases(*, campaign: Campaign | None = None, annotator: User | None = None) -> int:
    """End leases whose time is over and return how many. Their slots stay written on them.

    Rows that other transactions have locked are left to the next run.
    """
    n_expired = 0
    while batch := _expire_batch(campaign, annotator):
        n_expired += batch
    return n_expired


def expire_leases_everywhere() -> int:
    """End leases whose time is over, campaign by campaign; return how many."""
    over = Assignment.objects.filter(state=State.LEASED, expires_at__lte=Now())
    n_expired: list[int] = []
    for_each_row(
        Campaign.objects.filter(pk__in=over.order_by().values("campaign")).order_by("pk"),
        lambda campaign: n_expired.append(expire_leases(campaign=campaign)),
        kind=WorkFailure.Work.LEASES,
    )
    return sum(n_expired)


def _expire_batch(campaign: Campaign | None, annotator: User | None) -> int:
    whose = [one.pk if one else None for one in (campaign, annotator)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT annotation_expire_leases(%s, %s)", whose)
        (n_expired,) = cursor.fetchone()
        return int(n_expired)


def heartbeat(*, assignment_public_id: UUID, annotator: User) -> datetime:
    """Extend a lease to its full time and return the new end.

    No lease lives longer than LONGEST times its full time: a slot is held by work, not by a page
    that stays open. Raises LeaseOver when the lease ended, or the person or the campaign was
    stopped.
    """
    assignment = assignment_for(annotator, assignment_public_id)
    if stopped := why_stopped(assignment.campaign, annotator, assignment.lane):
        raise LeaseOver(f"{stopped} An answer is still kept, but it does not count.")
    full = timedelta(minutes=assignment.campaign.lease_minutes)
    live = Assignment.objects.filter(
        pk=assignment.pk, state=State.LEASED, leased_at__gt=Now() - LONGEST * full
    )
    if not live.update(expires_at=Least(Now() + full, F("leased_at") + LONGEST * full)):
        # The lock may have waited for the stop that ended this lease.
        fresh = Campaign.objects.get(pk=assignment.campaign_id)
        if stopped := why_stopped(fresh, annotator, assignment.lane):
            raise LeaseOver(f"{stopped} An answer is still kept, but it does not count.")
        raise LeaseOver("This lease is over. An answer is still welcome.")
    assignment.refresh_from_db(fields=["expires_at"])
    return assignment.expires_at


def end_open_leases(
    *, campaign: Campaign, annotator: User | None = None, lanes: Collection[str] = Lane.values
) -> None:
    """End the open leases of a campaign, or of one person in it, and free their slots.

    The caller holds the campaign's lock. Memberships are locked here, so that a concurrent lease
    (annotation/sql/lease.sql) either is visible here or sees the stop.
    """
    members = Membership.objects.filter(campaign=campaign)
    open_ones = Assignment.objects.filter(campaign=campaign, state=State.LEASED, lane__in=lanes)
    if annotator is not None:
        members = members.filter(user=annotator)
        open_ones = open_ones.filter(annotator=annotator)
    list(members.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    lock_comparisons(list(open_ones.values_list("comparison_id", flat=True)))
    # Assignments that were answered while this waited for the lock are left out.
    ids = list(open_ones.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    Assignment.objects.filter(pk__in=ids).update(state=State.RELEASED, closed_at=Now())
    return_slots(ids)


@transaction.atomic
def release(*, assignment_public_id: UUID, annotator: User, grace_seconds: int = 0) -> Assignment:
    """Release a live lease; one that ended already stays as it is. Raises AlreadyAnswered.

    With grace_seconds (0 to MAX_GRACE) the lease ends after that time, and a heartbeat cancels the
    release: a page that is closed may only be reloading. Raises TooManyReleases beyond
    MOST_RELEASES an hour without a grace time.
    """
    assignment = lock_own_assignment(annotator, assignment_public_id)
    refuse_answered(assignment)
    if assignment.state == State.LEASED and grace_seconds:
        ends = Least(F("expires_at"), Now() + timedelta(seconds=grace_seconds))
        Assignment.objects.filter(pk=assignment.pk).update(expires_at=ends)
    elif assignment.state == State.LEASED:
        _refuse_too_many(assignment)
        close(assignment, State.RELEASED)
        return_slots([assignment.pk])
    return assignment


def _refuse_too_many(assignment: Assignment) -> None:
    """Refuse releases by which somebody reads the queue, or fills it with rows that stay."""
    released = Assignment.objects.filter(
        campaign=assignment.campaign_id,
        annotator=assignment.annotator_id,
        state=State.RELEASED,
        leased_at__gt=Now() - timedelta(hours=1),
    )
    if released.count() >= MOST_RELEASES:
        raise TooManyReleases(
            f"You gave {MOST_RELEASES} comparisons back within an hour. Answer or skip this one."
        )


@transaction.atomic
def skip(*, assignment_public_id: UUID, annotator: User, reason: Any) -> Assignment:
    """Skip a comparison permanently, with a reason of at most 200 characters.

    Skipping twice keeps the first reason. Raises InvalidAnswer and AlreadyAnswered.
    """
    parsed = parse_reason(reason, "reason")
    assignment = lock_own_assignment(annotator, assignment_public_id)
    refuse_answered(assignment)
    if assignment.state == State.SKIPPED:
        return assignment
    release_newer_lease(assignment)
    held_slot = assignment.state == State.LEASED
    close(assignment, State.SKIPPED, skip_reason=parsed)
    if held_slot and assignment.lane != Lane.REPEAT:
        return_slots([assignment.pk])
    return assignment


def lock_own_assignment(annotator: User, public_id: UUID) -> Assignment:
    """Lock a person's own assignment and its comparison, and return it fresh. Raises Http404.

    The comparison is locked first, as everywhere. The assignment is locked as well, since the
    submit statement locks nothing else.
    """
    own = Assignment.objects.filter(public_id=public_id, annotator=annotator)
    lock_comparisons(list(own.values_list("comparison_id", flat=True)))
    list(own.select_for_update(no_key=True))
    return assignment_for(annotator, public_id)


def refuse_answered(assignment: Assignment) -> None:
    """Raise AlreadyAnswered for an assignment that has its answer."""
    if assignment.state in {State.SUBMITTED, State.SURPLUS, State.SET_ASIDE}:
        raise AlreadyAnswered("This comparison was answered already; the first answer stands.")


def release_newer_lease(assignment: Assignment) -> None:
    """Release the newer lease that the person has on the same comparison."""
    if assignment.state == State.LEASED:
        return
    newer = same_kind(assignment).filter(annotator_id=assignment.annotator_id, state=State.LEASED)
    ids = list(newer.select_for_update(no_key=True).values_list("pk", flat=True))
    if ids:
        Assignment.objects.filter(pk__in=ids).update(state=State.RELEASED, closed_at=Now())
        return_slots(ids)


def same_kind(assignment: Assignment) -> QuerySet[Assignment]:
    """Return the comparison's other assignments of the same kind: repeats, or all but repeats."""
    others = Assignment.objects.filter(comparison_id=assignment.comparison_id).exclude(
        pk=assignment.pk
    )
    if assignment.lane == Lane.REPEAT:
        return others.filter(lane=Lane.REPEAT)
    return others.exclude(lane=Lane.REPEAT)


def close(assignment: Assignment, state: str, **columns: Any) -> None:
    """Write the final state of a locked assignment. The caller returns its slot."""
    Assignment.objects.filter(pk=assignment.pk).update(state=state, closed_at=Now(), **columns)
    assignment.state = state
