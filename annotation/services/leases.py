"""Hand out the next comparisons to one annotator.

Locks, in this order: the annotator's membership (one person's tabs take turns), then comparisons
without waiting. Only a transaction that holds no comparison yet waits for one, so nobody waits in
a circle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.db import transaction
from django.db.models.functions import Now

from annotation.models import (
    Assignment,
    Campaign,
    Comparison,
    Lane,
    Membership,
    QueueEntry,
    Rubric,
    User,
)
from annotation.selectors import queue as waiting_work
from annotation.selectors.queue import HeadRow, Slots
from annotation.selectors.rubrics import published_rubric
from annotation.services.orders import NoFreePlace, Order, Places, choose_place, tilt
from annotation.services.places import lock_comparisons, recount
from annotation.services.returns import expire_leases

MAX_AHEAD = 3
# Every fifth serve starts with the random arm: ten of any fifty in a row.
RANDOM_EVERY = 5
# From this lean on, comparisons whose free places allow the other side come first. Somebody who
# is always the last to reach a comparison has no choice of order there, only of comparison.
LEAN_LIMIT = 6
CONTENDED_TRIES = 3


@dataclass(frozen=True)
class LeaseResult:
    """Assignments to work on, oldest first; when there are none, why.

    reason: None, "waiting" (others hold what is left), "done", "paused" or "not_qualified".
    """

    assignments: list[Assignment]
    reason: str | None


class _AllTaken(Exception):
    """Every row at the head was locked by others this instant."""

    def __init__(self, comparison_id: int) -> None:
        super().__init__(comparison_id)
        self.comparison_id = comparison_id


def lease_next(*, campaign: Campaign, annotator: User, ahead: int = 1) -> LeaseResult:
    """Return the person's live leases and new ones, `ahead` (1 to 3) in all where there is work.

    Raises ValueError for another `ahead`.
    """
    if not 1 <= ahead <= MAX_AHEAD:
        raise ValueError(f"ahead must be from 1 to {MAX_AHEAD}, not {ahead}")
    wait_for: int | None = None
    for _ in range(CONTENDED_TRIES):
        try:
            return _lease(campaign, annotator, ahead, wait_for)
        except _AllTaken as taken:
            wait_for = taken.comparison_id
    return LeaseResult([], "waiting")


@transaction.atomic
def _lease(campaign: Campaign, annotator: User, ahead: int, wait_for: int | None) -> LeaseResult:
    membership = _locked_membership(campaign, annotator)
    refusal = _refusal(membership)
    if membership is None or refusal:
        return LeaseResult([], refusal)
    rubric = published_rubric(campaign)
    if rubric is None:
        return LeaseResult([], "paused")
    if wait_for is not None:
        lock_comparisons([wait_for])
    expire_leases(campaign=campaign, annotator=annotator)
    n_open = waiting_work.open_leases(campaign, annotator).count()
    n_open += _lease_more(membership, rubric, ahead - n_open, may_retry=not n_open)
    if n_open < ahead and expire_leases(campaign=campaign):
        n_open += _lease_more(membership, rubric, ahead - n_open, may_retry=not n_open)
    if n_open:
        return LeaseResult(list(waiting_work.open_leases(campaign, annotator)[:ahead]), None)
    remains = waiting_work.work_remains(campaign, annotator)
    return LeaseResult([], "waiting" if remains else "done")


def _locked_membership(campaign: Campaign, annotator: User) -> Membership | None:
    return (
        Membership.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign", "user")
        .filter(
            campaign=campaign,
            user=annotator,
            role=Membership.Role.ANNOTATOR,
            removed_at__isnull=True,
        )
        .first()
    )


def _refusal(membership: Membership | None) -> str | None:
    if membership is None:
        return "not_qualified"
    if membership.campaign.state == Campaign.State.CLOSED:
        return "done"
    if membership.paused_at is not None or not membership.campaign.is_open:
        return "paused"
    return None


def _lease_more(membership: Membership, rubric: Rubric, wanted: int, *, may_retry: bool) -> int:
    """Lease up to `wanted` comparisons and return how many.

    Raises _AllTaken instead of returning 0 when only locks stand in the way of a retry's success.
    """
    for n_leased in range(max(0, wanted)):
        try:
            if not _lease_one(membership, rubric):
                return n_leased
        except _AllTaken:
            if may_retry and n_leased == 0:
                raise
            return n_leased
    return max(0, wanted)


def _lease_one(membership: Membership, rubric: Rubric) -> bool:
    last_source = waiting_work.last_source(membership.campaign, membership.user)
    contended: int | None = None
    for lane in lane_order(membership.serves):
        rows = waiting_work.head_of_lane(membership.campaign, membership.user, lane)
        while rows:
            for row in _by_preference(rows, membership, last_source):
                entry = _take(row, lane)
                if entry is not None:
                    _assign(entry, membership, rubric)
                    return True
            contended = contended or rows[0].comparison_id
            rows = waiting_work.head_of_lane(
                membership.campaign, membership.user, lane, after=rows[-1]
            )
    if contended is not None:
        raise _AllTaken(contended)
    return False


def lane_order(serves: int) -> tuple[Lane, ...]:
    """Return the lanes a person's next serve tries, given how many serves they had."""
    if serves % RANDOM_EVERY == 0:
        return (Lane.RANDOM, Lane.DISAGREEMENT, Lane.COVERAGE)
    if serves % 2:
        return (Lane.DISAGREEMENT, Lane.COVERAGE, Lane.RANDOM)
    return (Lane.COVERAGE, Lane.DISAGREEMENT, Lane.RANDOM)


def _by_preference(
    rows: Sequence[HeadRow], membership: Membership, last_source: int | None
) -> list[HeadRow]:
    """Sort the head: first what does not push a large lean on, then another source, then draw."""
    pushes: dict[int, bool] = {}
    if abs(membership.lean) >= LEAN_LIMIT:
        ids = [row.comparison_id for row in rows]
        slots = waiting_work.slots_of(ids)
        for comparison in Comparison.objects.filter(pk__in=ids):
            pushes[comparison.pk] = _pushes(comparison, slots[comparison.pk], membership)
    return sorted(
        rows,
        key=lambda row: (
            pushes.get(row.comparison_id, False),
            row.source_id == last_source,
            row.draw_key,
        ),
    )


def _pushes(comparison: Comparison, slots: Slots, membership: Membership) -> bool:
    """Whether serving the comparison would push the person's lean further out."""
    try:
        _, order = _place(comparison, slots, membership)
    except NoFreePlace:
        # Filled since the head was read; whoever tries to take it finds that under the lock.
        return True
    return abs(membership.lean + tilt(order)) > abs(membership.lean)


def _place(comparison: Comparison, slots: Slots, membership: Membership) -> tuple[int, Order]:
    places = Places(comparison.k, comparison.overlap, slots.decided, slots.held)
    # Seeded by campaign, comparison and lease: the same campaign seed gives the same draws.
    rng = Random(f"{membership.campaign.seed}:{comparison.pk}:{slots.n_leases}")  # noqa: S311
    return choose_place(places, lean=membership.lean, rng=rng)


def _take(row: HeadRow, lane: Lane) -> QueueEntry | None:
    """Lock the row's comparison unless others do, and return its entry if it is still free."""
    if not lock_comparisons([row.comparison_id], skip_locked=True):
        return None
    return (
        QueueEntry.objects.select_related("comparison")
        .filter(pk=row.entry_id, lane=lane, free__gt=0)
        .filter(comparison__held_at__isnull=True, comparison__withdrawn_at__isnull=True)
        .first()
    )


def _assign(entry: QueueEntry, membership: Membership, rubric: Rubric) -> None:
    comparison = entry.comparison
    slot, order = _place(
        comparison, waiting_work.slots_of([comparison.pk])[comparison.pk], membership
    )
    Assignment.objects.create(
        campaign_id=membership.campaign_id,
        comparison=comparison,
        annotator_id=membership.user_id,
        rubric=rubric,
        lane=entry.lane,
        policy=entry.policy,
        propensity=entry.propensity,
        slot=slot,
        shown_order=list(order),
        expires_at=Now() + timedelta(minutes=membership.campaign.lease_minutes),
    )
    recount([comparison.pk])
    membership.serves += 1
    membership.lean += tilt(order)
    membership.save(update_fields=["serves", "lean"])
