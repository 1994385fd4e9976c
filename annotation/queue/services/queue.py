"""Put comparisons into lanes, and take them out."""

from collections.abc import Collection, Mapping

from django.db import connection
from django.db.models import F

from annotation.errors import DomainError
from annotation.models import Assignment, Campaign, Comparison, Lane, QueueEntry

POOLS = (Lane.GOLD, Lane.TRAINING, Lane.ADJUDICATION)


def enqueue_comparisons(
    *, campaign: Campaign, propensities: Mapping[int, float | None], policy: str
) -> int:
    """Put free slots into the lane of their source's arm; return how many slots are new.

    propensities: inclusion probability under `policy` by comparison id, None when picked by hand.
    Left out are slots that are queued or taken already, held or withdrawn comparisons, and
    comparisons of other campaigns.
    """
    mine = Comparison.objects.filter(campaign=campaign, pk__in=propensities)
    return open_slots(
        {pk: propensities[pk] for pk in mine.values_list("pk", flat=True)},
        lane=None,
        policy=policy,
    )


def open_slots(propensities: Mapping[int, float | None], *, lane: str | None, policy: str) -> int:
    """Queue the free slots of comparisons in a counting lane; None = that of the source's arm.

    One call is one refill: its slots come after those of earlier refills. Slots that are queued
    already stay as they are. Returns how many are new.
    """
    if not propensities:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT annotation_open_slots(%s::bigint[], %s::float8[], %s, %s)",
            [list(propensities), list(propensities.values()), lane and str(lane), policy],
        )
        (n_new,) = cursor.fetchone()
        return int(n_new)


def reopen_slots(comparison: Comparison) -> None:
    """Queue the free slots of a comparison under the policy of its first refill."""
    first = Assignment.objects.filter(comparison=comparison).order_by("id").first()
    open_slots(
        {comparison.pk: first.propensity if first else None},
        lane=None,
        policy=first.policy if first else "released",
    )


def match_overlap(campaign: Campaign) -> None:
    """Add or remove queued slots of a draft, so that they match its overlap.

    Only for a draft: nothing was ever leased there.
    """
    QueueEntry.objects.filter(campaign=campaign, slot__gt=F("comparison__overlap")).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT annotation_open_slots(array_agg(comparison_id), array_agg(propensity), lane,
                                          policy)
              FROM annotation_queueentry WHERE campaign_id = %s AND slot = 1
             GROUP BY lane, policy
            """,
            [campaign.pk],
        )


def offer(
    *,
    campaign: Campaign,
    lane: str,
    propensities: Mapping[int, float | None],
    policy: str,
    in_order: bool = False,
) -> int:
    """Offer comparisons in a lane without slots: gold, training or adjudication.

    propensities: inclusion probability by comparison id, None when picked by hand. Gold and
    training are served once to everybody, at the lane's share; adjudication is served to one
    adjudicator. in_order: serve them in the order of `propensities`, not in a drawn one.
    Comparisons that the lane offers already stay as they are; returns how many are new. Raises
    DomainError for another lane, or a comparison that is withdrawn or not the campaign's.
    """
    if lane not in POOLS:
        raise DomainError(f"Comparisons are offered in {', '.join(POOLS)}, not in {lane}.")
    rows = {
        comparison.pk: comparison
        for comparison in Comparison.objects.filter(
            campaign=campaign,
            pk__in=propensities,
            withdrawn_at__isnull=True,
            item__withdrawn_at__isnull=True,
        ).select_related("item")
    }
    if missing := sorted(set(propensities) - set(rows)):
        raise DomainError(f"Comparison {missing[0]} is withdrawn or of another campaign.")
    before = QueueEntry.objects.filter(campaign=campaign, lane=lane).count()
    keys = _draw_keys(campaign, rows, lane)
    if in_order:
        keys = dict(
            zip((pk for pk in propensities if pk in keys), sorted(keys.values()), strict=True)
        )
    QueueEntry.objects.bulk_create(
        (
            QueueEntry(
                campaign=campaign,
                comparison=comparison,
                source_id=comparison.item.source_id,
                lane=lane,
                draw_key=keys[comparison.pk],
                policy=policy,
                propensity=propensities[comparison.pk],
            )
            for comparison in rows.values()
        ),
        ignore_conflicts=True,
    )
    return QueueEntry.objects.filter(campaign=campaign, lane=lane).count() - before


def _draw_keys(campaign: Campaign, comparison_ids: Collection[int], lane: str) -> dict[int, float]:
    """Return the sort keys of comparisons in a lane, all of one refill."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c, annotation_draw_key(refill, %s, c, %s)
              FROM (SELECT nextval('annotation_queue_refill') AS refill) AS now_,
                   unnest(%s::bigint[]) AS c
            """,
            [campaign.seed, str(lane), list(comparison_ids)],
        )
        return dict(cursor.fetchall())
