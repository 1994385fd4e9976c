"""Which answers count: the rows that pages and commands mean by "judgments"."""

from collections.abc import Collection

from annotation.models import Judgment
from annotation.models.judgments import JudgmentQuerySet


def judgments_in_force(campaign_ids: Collection[int]) -> JudgmentQuerySet:
    """Return the judgments in force: the answers that fill the overlap of comparisons in use.

    What every page calls by that name; `outcomes.IN_FORCE` says the same in SQL.
    """
    return answers_in_force(campaign_ids).counting()


def answers_in_force(campaign_ids: Collection[int]) -> JudgmentQuerySet:
    """Return the answers of every lane that stand and judge, on comparisons in use."""
    return Judgment.objects.in_force().filter(
        campaign__in=campaign_ids, cannot_judge="", comparison__withdrawn_at__isnull=True
    )
