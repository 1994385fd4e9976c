"""The places of a comparison: locking it, counting what is free, taking it out of the queue.

Locks: the comparison's row guards everything about the comparison (its assignments' states and
slots, its queue row, its overlap). It is taken FOR NO KEY UPDATE before the first check, several
in order of id, so that rows which refer to it can still be inserted by others.
"""

from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models.functions import Now

from annotation.models import Comparison, QueueEntry

RECOUNT = """
WITH counted AS (
    SELECT c.id, c.overlap - count(a.id) AS free,
           count(a.id) FILTER (WHERE a.state = 'submitted') >= c.overlap AS is_full
      FROM annotation_comparison c
      LEFT JOIN annotation_assignment a
        ON a.comparison_id = c.id AND a.slot IS NOT NULL AND a.state IN ('leased', 'submitted')
     WHERE c.id = ANY (%(ids)s::bigint[])
     GROUP BY c.id
), left_queue AS (
    DELETE FROM annotation_queueentry q USING counted n
     WHERE q.comparison_id = n.id AND n.is_full
)
UPDATE annotation_queueentry q SET free = n.free
  FROM counted n
 WHERE q.comparison_id = n.id AND NOT n.is_full AND q.free <> n.free
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


def recount(comparison_ids: Sequence[int]) -> None:
    """Bring the free places of locked comparisons up to date; full ones leave the queue.

    Counting anew instead of adding and subtracting: a count cannot drift.
    """
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"ids": list(comparison_ids)})


def hold(comparison_ids: Collection[int], *, reason: str) -> None:
    """Take locked comparisons out of the queue until a lead decides. Live leases stay valid."""
    Comparison.objects.filter(pk__in=comparison_ids, held_at__isnull=True).update(
        held_at=Now(), held_reason=reason
    )
    leave_queue(comparison_ids)


def leave_queue(comparison_ids: Collection[int]) -> None:
    """Serve these comparisons to nobody any more."""
    QueueEntry.objects.filter(comparison_id__in=comparison_ids).delete()
