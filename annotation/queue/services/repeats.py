"""Show people some of their own comparisons again, to learn how consistent they are."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from annotation.common.failures import for_each_row
from annotation.common.locks import lock_campaign
from annotation.models import Campaign, Judgment, WorkFailure

# Newer answers wait: one in a running transaction may have a lower id than one that is stored.
SETTLED_AFTER = timedelta(minutes=1)
# Drawn by a hash of the judgment, so that a second run draws the same. Half of them, by another
# hash, come in the same order; in the others the order is rotated by one position, so that every
# candidate has another position than the first time. Only both halves together tell whether a
# person follows the side or changes their mind.
DRAW = """
INSERT INTO annotation_queueentry
       (campaign_id, comparison_id, source_id, lane, annotator_id, shown_order, draw_key,
        not_before, after_serves, policy, propensity)
SELECT c.id, j.comparison_id, i.source_id, 'repeat', j.annotator_id,
       CASE WHEN annotation_hash(concat_ws(':', c.seed, 'order', j.comparison_id, j.annotator_id))
                 < 0.5 THEN a.shown_order ELSE a.shown_order[2:] || a.shown_order[1] END,
       extract(epoch FROM j.created_at),
       j.created_at + make_interval(mins => c.repeat_after_minutes),
       m.serves + c.repeat_after_serves,
       'repeat:' || c.repeat_percent || '%%', c.repeat_percent / 100.0
  FROM annotation_judgment j
  JOIN annotation_campaign c ON c.id = j.campaign_id
  JOIN annotation_assignment a ON a.id = j.assignment_id
  JOIN annotation_comparison o ON o.id = j.comparison_id
  JOIN annotation_item i ON i.id = o.item_id
  JOIN annotation_membership m ON m.campaign_id = c.id AND m.user_id = j.annotator_id
                              AND m.role = 'annotator' AND m.removed_at IS NULL
 WHERE c.id = %s AND j.id > %s AND j.id <= %s
   AND j.lane IN ('coverage', 'random', 'disagreement')
   AND NOT j.surplus AND j.cannot_judge = '' AND j.supersedes_id IS NULL
   AND o.withdrawn_at IS NULL AND i.withdrawn_at IS NULL
   AND annotation_hash(concat_ws(':', c.seed, 'repeat', j.comparison_id, j.annotator_id)) * 100
       < c.repeat_percent
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def draw_repeats(*, campaign: Campaign) -> int:
    """Draw the campaign's percent of the answers since the last draw as repeats; return how many.

    A repeat comes to the same person, half of them in another order, after the campaign's gaps in
    time and in serves. A change of the percentage does not redraw earlier answers.
    """
    locked = lock_campaign(campaign)
    newest = Judgment.objects.filter(
        campaign=locked, created_at__lt=Now() - SETTLED_AFTER
    ).aggregate(newest=Max("id"))["newest"]
    if newest is None or newest <= locked.repeats_drawn_to:
        return 0
    n_drawn = 0
    if locked.repeat_percent:
        with connection.cursor() as cursor:
            cursor.execute(DRAW, [locked.pk, locked.repeats_drawn_to, newest])
            n_drawn = cursor.rowcount
    Campaign.objects.filter(pk=locked.pk).update(repeats_drawn_to=newest)
    return n_drawn


def draw_in_open_campaigns() -> int:
    """Draw repeats in every open campaign; return how many."""
    open_states = [Campaign.State.PILOT, Campaign.State.LIVE]
    campaigns = Campaign.objects.filter(state__in=open_states).order_by("pk")
    drawn: list[int] = []
    for_each_row(
        campaigns,
        lambda campaign: drawn.append(draw_repeats(campaign=campaign)),
        kind=WorkFailure.Work.REPEATS,
    )
    return sum(drawn)
