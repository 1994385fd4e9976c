"""The slots of a comparison: locking it, and giving back what leases held.

A free slot is a row of the queue, a taken one is an assignment; a unique
index lets one assignment at a time hold a slot. Locks: serving takes queue rows
(annotation/sql/lease.sql). What changes a comparison as a whole (overlap, held, withdrawn) takes
its row FOR NO KEY UPDATE before the first check, several in order of id, and takes queue rows away
before it looks at leases: a lease under way is then either seen or has found nothing.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models.functions import Now

from annotation.models import Comparison, QueueEntry
from annotation.queue.selectors.disputes import with_adjudicators


def lock_comparisons(
    comparison_ids: Collection[int], *, skip_locked: bool = False
) -> list[Comparison]:
    """Lock comparisons for the rest of the transaction and return them fresh, by id."""
    return list(
        Comparison.objects.select_for_update(no_key=True, skip_locked=skip_locked)
        .filter(pk__in=comparison_ids)
        .order_by("pk")
    )


def return_slots(assignment_ids: Collection[int]) -> None:
    """Bring back the queue rows of leases that ended without an answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT annotation_return_slots(%s::bigint[])", [list(assignment_ids)])


def hold(comparison_ids: Collection[int], *, reason: str) -> None:
    """Take locked comparisons out of the queue until a lead decides. Live leases stay valid.

    What an adjudicator has, or can get, is theirs to decide and left out.
    """
    comparison_ids = set(comparison_ids) - with_adjudicators(comparison_ids)
    Comparison.objects.filter(pk__in=comparison_ids, held_at__isnull=True).update(
        held_at=Now(), held_reason=reason
    )
    leave_queue(comparison_ids)


def leave_queue(comparison_ids: Collection[int]) -> None:
    """Serve these comparisons to nobody any more."""
    QueueEntry.objects.filter(comparison_id__in=comparison_ids).delete()


def settle_slots(comparison: Comparison) -> None:
    """Ask nobody else about a locked comparison. Live leases and answers stay valid."""
    QueueEntry.objects.filter(comparison=comparison, slot__isnull=False).delete()
    Comparison.objects.filter(pk=comparison.pk).update(
        settled_at=Now(), held_at=None, held_reason=""
    )
