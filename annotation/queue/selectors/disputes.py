"""Which comparisons the adjudicators decide, and which a lead decides."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Assignment, Campaign, Lane, Membership, QueueEntry
from annotation.queue.selectors.queue import people_left


def has_adjudicators(campaign: Campaign) -> bool:
    """Whether somebody could be asked to decide disputes now."""
    return _adjudicators().filter(campaign=campaign).exists()


def waits_for_adjudicator() -> Q:
    """Return a condition: the comparison is offered or leased in the adjudication lane."""
    offered = QueueEntry.objects.filter(comparison=OuterRef("pk"), lane=Lane.ADJUDICATION)
    return Q(Exists(offered)) | Q(Exists(_leases().filter(comparison=OuterRef("pk"))))


def held_for_lead() -> Q:
    """Return a condition: the comparison waits for a lead's decision.

    Comparisons that active adjudicators have are left out.
    """
    nobody = ~Q(Exists(_adjudicators().filter(campaign=OuterRef("campaign"))))
    return Q(held_at__isnull=False) & (nobody | ~waits_for_adjudicator())


def with_adjudicators(comparison_ids: Collection[int]) -> set[int]:
    """Return the comparisons that an adjudicator has, or can still get. Five queries at most."""
    leased = set(
        _leases().filter(comparison__in=comparison_ids).values_list("comparison", flat=True)
    )
    offered = set(
        QueueEntry.objects.filter(
            comparison__in=comparison_ids, lane=Lane.ADJUDICATION
        ).values_list("comparison", flat=True)
    )
    left = people_left(offered, Membership.Role.ADJUDICATOR) if offered else {}
    return leased | {pk for pk, n_left in left.items() if n_left}


def _adjudicators() -> QuerySet[Membership]:
    return Membership.objects.filter(
        role=Membership.Role.ADJUDICATOR, removed_at__isnull=True, paused_at__isnull=True
    )


def _leases() -> QuerySet[Assignment]:
    return Assignment.objects.filter(lane=Lane.ADJUDICATION, state=Assignment.State.LEASED)
