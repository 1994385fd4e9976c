"""Hand contested comparisons over to the adjudicators in bulk, and take them back."""

from collections.abc import Collection

from django.db import transaction

from annotation.adjudication.selectors.contested import (
    HandOver,
    contested,
    of_kinds,
    to_hand_over,
)
from annotation.adjudication.services.offers import HAND_PICKED
from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.errors import DomainError
from annotation.models import Assignment, Campaign, Lane, QueueEntry, User
from annotation.queue.services.queue import offer
from annotation.queue.services.returns import end_open_leases
from annotation.queue.services.slots import hold, lock_comparisons

CLOSED = "The campaign is closed: nothing is sent to anybody."
TAKEN_BACK = "A lead took it back from the adjudicators."


@transaction.atomic
def hand_over(
    *, campaign: Campaign, kinds: Collection[str], at_most: int, actor: User | None
) -> HandOver:
    """Offer the contested comparisons of some kinds to the adjudicators, most urgent first.

    kinds: none = all. Two leads who press at once hand each comparison over once. Raises
    DomainError for a closed campaign, and then changes nothing.
    """
    if lock_campaign(campaign).state == Campaign.State.CLOSED:
        raise DomainError(CLOSED)
    result = to_hand_over(of_kinds(contested(campaign), kinds), at_most=at_most)
    ids = [row.comparison_id for row in result.chosen]
    lock_comparisons(ids)
    offer(
        campaign=campaign,
        lane=Lane.ADJUDICATION,
        propensities=dict.fromkeys(ids),
        policy=HAND_PICKED,
        in_order=True,
    )
    if ids:
        record(campaign, actor, "disputes_handed_over", n=len(ids), kinds=sorted(kinds))
    return result


@transaction.atomic
def take_back(*, campaign: Campaign, actor: User | None) -> int:
    """Take every dispute back from the adjudicators, also those they hold; return how many.

    A late answer counts until somebody else has the dispute. What annotators cannot get either
    waits for a lead.
    """
    lock_campaign(campaign)
    end_open_leases(campaign=campaign, lanes=[Lane.ADJUDICATION])
    rows = QueueEntry.objects.filter(campaign=campaign, lane=Lane.ADJUDICATION)
    ids = set(rows.values_list("comparison", flat=True))
    comparisons = lock_comparisons(ids)
    rows.filter(comparison__in=ids).delete()
    slots = QueueEntry.objects.filter(comparison__in=ids, slot__isnull=False)
    leases = Assignment.objects.filter(
        comparison__in=ids, slot__isnull=False, state=Assignment.State.LEASED
    )
    busy = set(slots.values_list("comparison", flat=True))
    busy |= set(leases.values_list("comparison", flat=True))
    idle = {c.pk for c in comparisons if c.settled_at is None} - busy
    hold(idle, reason=TAKEN_BACK)
    if ids:
        record(campaign, actor, "disputes_taken_back", n=len(ids))
    return len(ids)
