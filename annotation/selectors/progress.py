"""How far a campaign is: judgments in force of those wanted, by lane and by day."""


from django.db.models import Aggregate, FloatField

from annotation.models import (
    Campaign,
    Judgment,
)
from annotation.models.judgments import JudgmentQuerySet

N_DAYS = 14


class Median(Aggregate):
    """The median of a number, by PostgreSQL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def median_active_ms(campaign: Campaign) -> float | None:
    """Return the median active time of an answer in milliseconds, None before the first."""
    answered = Judgment.objects.in_force().filter(campaign=campaign, cannot_judge="")
    median: float | None = answered.aggregate(median=Median("active_ms"))["median"]
    return median


def filling(campaign: Campaign) -> JudgmentQuerySet:
    """Keep the judgments that fill the overlap of comparisons in use."""
    return (
        Judgment.objects.in_force()
        .counting()
        .filter(campaign=campaign, cannot_judge="", comparison__withdrawn_at__isnull=True)
    )
