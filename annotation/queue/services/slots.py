"""Lock comparisons, and return the slots of leases to the queue.

A free slot is a row of the queue, a taken one is an assignment; a unique
index lets one assignment at a time hold a slot. Locks: serving locks queue rows
(annotation/sql/lease.sql). A change of a whole comparison (overlap, held, withdrawn) locks its row
FOR NO KEY UPDATE before the first check, several rows in order of id. It deletes queue rows before
it reads leases. A concurrent lease is then either visible or has found no row.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models.functions import Now

from annotation.models import Comparison, QueueEntry
from annotation.queue.selectors.disputes import with_adjudicators

# One of each person, and not of those who hold the comparison by another lease or its answer.
MAY_TAKE = """
SELECT DISTINCT ON (a.comparison_id, a.annotator_id) a.id
  FROM annotation_assignment a JOIN annotation_comparison c ON c.id = a.comparison_id
 WHERE a.id = ANY (%s) AND (a.slot IS NULL OR a.slot <= c.overlap)
   AND NOT EXISTS (SELECT 1 FROM annotation_assignment b
                    WHERE b.comparison_id = a.comparison_id AND b.annotator_id = a.annotator_id
                      AND b.state IN ('leased', 'submitted') AND b.lane <> 'repeat')
 ORDER BY a.comparison_id, a.annotator_id, a.id
"""
LEAVE_QUEUE = """
DELETE FROM annotation_queueentry q USING annotation_assignment a
 WHERE a.id = ANY (%s) AND q.comparison_id = a.comparison_id AND q.slot = a.slot
"""
# Two assignments of one slot cannot both count: the first answer does.
SLOT_IS_FREE = """
SELECT DISTINCT ON (a.comparison_id, coalesce(a.slot, -a.annotator_id)) a.id
  FROM annotation_assignment a
 WHERE a.id = ANY (%s)
   AND NOT EXISTS (SELECT 1 FROM annotation_assignment b
                    WHERE b.comparison_id = a.comparison_id AND b.slot = a.slot
                      AND b.state IN ('leased', 'submitted'))
 ORDER BY a.comparison_id, coalesce(a.slot, -a.annotator_id), a.id
"""


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
    """Put the queue rows of leases that ended without an answer back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT annotation_return_slots(%s::bigint[])", [list(assignment_ids)])


def hold(comparison_ids: Collection[int], *, reason: str) -> None:
    """Take locked comparisons out of the queue until a lead decides. Live leases stay valid.

    Comparisons that an adjudicator has, or can get, are left out.
    """
    comparison_ids = set(comparison_ids) - with_adjudicators(comparison_ids)
    Comparison.objects.filter(pk__in=comparison_ids, held_at__isnull=True).update(
        held_at=Now(), held_reason=reason
    )
    leave_queue(comparison_ids)


def leave_queue(comparison_ids: Collection[int]) -> None:
    """Delete the queue rows of comparisons, so that nobody is served them."""
    QueueEntry.objects.filter(comparison_id__in=comparison_ids).delete()


def settle_slots(comparison: Comparison) -> None:
    """Ask nobody else about a locked comparison. Live leases and answers stay valid."""
    QueueEntry.objects.filter(comparison=comparison, slot__isnull=False).delete()
    Comparison.objects.filter(pk=comparison.pk).update(
        settled_at=Now(), held_at=None, held_reason=""
    )


def take_slots(assignment_ids: Collection[int]) -> set[int]:
    """Take the slots of answered assignments out of the queue; return those that may count again.

    The caller holds the locks of their comparisons. Left out are assignments whose slot another
    person holds or nobody wants any more, and those of a person who holds the comparison otherwise.
    An assignment without a slot (cannot judge, adjudication) needs none.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAY_TAKE, [list(assignment_ids)])
        ids = [pk for (pk,) in cursor.fetchall()]
        # The deletion waits for a concurrent lease of the same slot, and then finds nothing.
        cursor.execute(LEAVE_QUEUE, [ids])
        cursor.execute(SLOT_IS_FREE, [ids])
        return {pk for (pk,) in cursor.fetchall()}
