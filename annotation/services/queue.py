"""Put comparisons into lanes, and take them out."""

from collections.abc import Collection, Mapping

from django.db import connection

from annotation.errors import DomainError
from annotation.models import Campaign, Comparison, Lane, QueueEntry

POOLS = (Lane.GOLD, Lane.TRAINING, Lane.ADJUDICATION)


def enqueue_comparisons(
    *, campaign: Campaign, comparison_ids: Collection[int], policy: str, propensity: float | None
) -> int:
    """Put free places into the lane of their source's arm; return how many places are new.

    Left out: places in the queue already or held, comparisons that are held or withdrawn, and
    other campaigns'. propensity: their inclusion probability under `policy`, NULL when picked by
    hand.
    """
    mine = Comparison.objects.filter(campaign=campaign, pk__in=comparison_ids)
    return open_places(
        list(mine.values_list("pk", flat=True)), lane=None, policy=policy, propensity=propensity
    )


def open_places(
    comparison_ids: Collection[int], *, lane: str | None, policy: str, propensity: float | None
) -> int:
    """Queue the free places of comparisons in a counting lane; None = that of the source's arm.

    Places that wait already stay as they are. Returns how many are new.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT annotation_open_places(%s::bigint[], %s, %s, %s)",
            [list(comparison_ids), lane and str(lane), policy, propensity],
        )
        (n_new,) = cursor.fetchone()
        return int(n_new)


def match_overlap(campaign: Campaign) -> None:
    """Bring the queue of a draft, of which nothing was ever leased, to its new overlap."""
    QueueEntry.objects.filter(campaign=campaign, slot__gt=campaign.overlap).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT annotation_open_places(array_agg(DISTINCT comparison_id), lane, policy,
                                          propensity)
              FROM annotation_queueentry WHERE campaign_id = %s AND slot IS NOT NULL
             GROUP BY lane, policy, propensity
            """,
            [campaign.pk],
        )


def offer(
    *,
    campaign: Campaign,
    lane: str,
    propensities: Mapping[int, float | None],
    policy: str,
) -> int:
    """Offer comparisons in a lane without places: gold, training or adjudication.

    propensities: inclusion probability by comparison id, None when picked by hand. Gold and
    training serve everybody once, at the lane's share; adjudication serves one adjudicator.
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
    QueueEntry.objects.bulk_create(
        (
            QueueEntry(
                campaign=campaign,
                comparison=comparison,
                source_id=comparison.item.source_id,
                lane=lane,
                draw_key=draw_key(campaign, comparison.pk, lane),
                policy=policy,
                propensity=propensities[comparison.pk],
            )
            for comparison in rows.values()
        ),
        ignore_conflicts=True,
    )
    return QueueEntry.objects.filter(campaign=campaign, lane=lane).count() - before


def draw_key(campaign: Campaign, comparison_id: int, lane: str) -> float:
    """Return where a comparison stands in a lane, in [0, 1): a hash of the campaign's seed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT annotation_draw_key(%s, %s, %s)", [campaign.seed, comparison_id, str(lane)]
        )
        (key,) = cursor.fetchone()
        return float(key)
