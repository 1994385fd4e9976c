"""Which answers count as judgments on pages and in commands."""

from collections.abc import Collection

from annotation.models import Judgment
from annotation.models.judgments import JudgmentQuerySet


def judgments_in_force(campaign_ids: Collection[int]) -> JudgmentQuerySet:
    """Return the judgments in force: counting answers on comparisons in use.

    Every page uses this definition; `outcomes.IN_FORCE` is the same condition in SQL.
    """
    return answers_in_force(campaign_ids).counting()


def answers_in_force(campaign_ids: Collection[int]) -> JudgmentQuerySet:
    """Return the answers in force of every lane, without "cannot judge", on comparisons in use."""
    return Judgment.objects.in_force().filter(
        campaign__in=campaign_ids, cannot_judge="", comparison__withdrawn_at__isnull=True
    )
