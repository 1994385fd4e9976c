"""Read the queue for one person: what waits at its head, what is open, what remains."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.models import Assignment, Campaign, Derivative, QueueEntry, User

State = Assignment.State
# After these a comparison never comes to the same person again; after an expiry or a return it may.
NEVER_AGAIN = (State.LEASED, State.SUBMITTED, State.SURPLUS, State.SKIPPED)
# Assignments in these states hold their slot.
HOLDING = (State.LEASED, State.SUBMITTED)
HEAD_SIZE = 20

# Comparisons that may be shown: in use, not held, every image with all its derivatives.
HEAD = """
SELECT q.draw_key, q.id, q.comparison_id, i.source_id
  FROM annotation_queueentry q
  JOIN annotation_comparison c ON c.id = q.comparison_id
  JOIN annotation_item i ON i.id = c.item_id
 WHERE q.campaign_id = %(campaign)s AND q.lane = %(lane)s AND q.free > 0
   AND (q.draw_key, q.id) > (%(after_key)s, %(after_id)s)
   AND c.withdrawn_at IS NULL AND c.held_at IS NULL AND i.withdrawn_at IS NULL
   AND NOT EXISTS (
       SELECT 1 FROM annotation_assignment a
        WHERE a.comparison_id = q.comparison_id AND a.annotator_id = %(annotator)s
          AND a.state = ANY (%(never_again)s))
   AND (SELECT count(*) FROM annotation_derivative d WHERE d.image_id = i.source_id)
       = %(n_variants)s
   AND NOT EXISTS (
       SELECT 1 FROM annotation_candidate e
        WHERE e.id = ANY (c.candidate_ids)
          AND (e.withdrawn_at IS NOT NULL
               OR (SELECT count(*) FROM annotation_derivative d WHERE d.image_id = e.image_id)
                  < %(n_variants)s))
 ORDER BY q.draw_key, q.id
 LIMIT %(limit)s
"""


@dataclass(frozen=True)
class HeadRow:
    """A queue row that could be served to a person, by draw key."""

    draw_key: float
    entry_id: int
    comparison_id: int
    source_id: int


@dataclass
class Slots:
    """The slots of a comparison: the order of each ever leased, and those held now."""

    decided: dict[int, tuple[int, ...]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)
    n_leases: int = 0


def head_of_lane(
    campaign: Campaign, annotator: User, lane: str, *, after: HeadRow | None = None
) -> list[HeadRow]:
    """Return the next rows of a lane that may be served to the person, at most HEAD_SIZE."""
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "annotator": annotator.pk,
        "lane": str(lane),
        "after_key": after.draw_key if after else -1.0,
        "after_id": after.entry_id if after else 0,
        "never_again": [str(state) for state in NEVER_AGAIN],
        "n_variants": len(Derivative.Variant.values),
        "limit": HEAD_SIZE,
    }
    with connection.cursor() as cursor:
        cursor.execute(HEAD, given)
        return [HeadRow(*row) for row in cursor.fetchall()]


def slots_of(comparison_ids: Collection[int]) -> defaultdict[int, Slots]:
    """Return the slots of comparisons, none where never leased. Stable only under their locks."""
    found: defaultdict[int, Slots] = defaultdict(Slots)
    rows = cast(
        "Iterable[tuple[int, int, list[int], str]]",
        Assignment.objects.filter(comparison_id__in=comparison_ids, slot__isnull=False)
        .order_by("id")
        .values_list("comparison_id", "slot", "shown_order", "state"),
    )
    for comparison_id, slot, order, state in rows:
        slots = found[comparison_id]
        slots.n_leases += 1
        slots.decided[slot] = tuple(order)
        if state in HOLDING:
            slots.held.add(slot)
    return found


def open_leases(campaign: Campaign, annotator: User) -> QuerySet[Assignment]:
    """Return a person's live leases, oldest first, ready to be shown."""
    return (
        Assignment.objects.filter(
            campaign=campaign, annotator=annotator, state=State.LEASED, expires_at__gt=Now()
        )
        .select_related("campaign", "comparison__item__source", "rubric")
        .order_by("leased_at", "id")
    )


def last_source(campaign: Campaign, annotator: User) -> int | None:
    """Return the source of what the person was served last."""
    return (
        Assignment.objects.filter(campaign=campaign, annotator=annotator)
        .order_by("-leased_at", "-id")
        .values_list("comparison__item__source_id", flat=True)
        .first()
    )


def work_remains(campaign: Campaign, annotator: User) -> bool:
    """Whether something in the queue may still come to the person: free, or held by others now."""
    mine = Assignment.objects.filter(annotator=annotator, state__in=NEVER_AGAIN)
    return _usable(campaign).exclude(comparison__in=mine.values("comparison")).exists()


def count_open(campaign: Campaign, annotator: User, *, at_most: int) -> int:
    """Return how many comparisons have a free place for the person, counting to `at_most`."""
    mine = Assignment.objects.filter(
        campaign=campaign, annotator=annotator, state__in=NEVER_AGAIN
    ).values("comparison")
    return _usable(campaign).filter(free__gt=0).exclude(comparison__in=mine)[:at_most].count()


def _usable(campaign: Campaign) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(
        Q(comparison__withdrawn_at__isnull=True, comparison__held_at__isnull=True),
        campaign=campaign,
        comparison__item__withdrawn_at__isnull=True,
    )
