"""Put comparisons into the queue."""

from collections.abc import Collection
from typing import Any

from django.db import connection

from annotation.models import Campaign

# The draw key is a hash, so that one campaign seed gives one order; sha256 as 52 bits in [0, 1).
ENQUEUE = """
INSERT INTO annotation_queueentry
       (campaign_id, comparison_id, lane, draw_key, free, policy, propensity)
SELECT c.campaign_id, c.id, CASE WHEN i.random_arm THEN 'random' ELSE 'coverage' END,
       ('x' || left(encode(sha256(convert_to(
           m.seed || ':' || c.id || ':' || c.overlap, 'UTF8')), 'hex'), 13)
       )::bit(52)::bigint / 4503599627370496.0,
       c.overlap - n.held, %(policy)s, %(propensity)s
  FROM annotation_comparison c
  JOIN annotation_item i ON i.id = c.item_id
  JOIN annotation_campaign m ON m.id = c.campaign_id
 CROSS JOIN LATERAL (
       SELECT count(*) AS held, count(*) FILTER (WHERE a.state = 'submitted') AS submitted
         FROM annotation_assignment a
        WHERE a.comparison_id = c.id AND a.slot IS NOT NULL
          AND a.state IN ('leased', 'submitted')) n
 WHERE c.campaign_id = %(campaign)s AND c.id = ANY (%(ids)s::bigint[])
   AND c.withdrawn_at IS NULL AND c.held_at IS NULL AND i.withdrawn_at IS NULL
   AND n.submitted < c.overlap
    ON CONFLICT (comparison_id) DO NOTHING
"""


def enqueue_comparisons(
    *, campaign: Campaign, comparison_ids: Collection[int], policy: str, propensity: float | None
) -> int:
    """Put comparisons into the lane of their source's arm and return how many rows are new.

    Left out: those in the queue already, full, held or withdrawn, and other campaigns'.
    propensity: their inclusion probability under `policy`, NULL when picked by hand.
    """
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "ids": list(comparison_ids),
        "policy": policy,
        "propensity": propensity,
    }
    with connection.cursor() as cursor:
        cursor.execute(ENQUEUE, given)
        return int(cursor.rowcount)
