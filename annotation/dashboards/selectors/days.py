"""Judgments in force by day."""

from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.answers.in_force import judgments_in_force
from annotation.models import Campaign

N_DAYS = 29


def judged_by_day(campaign: Campaign) -> list[tuple[date, int]]:
    """Return the judgments in force of each of the last days, oldest first, in UTC. One query."""
    today = timezone.now().date()
    first = today - timedelta(days=N_DAYS - 1)
    counts = dict(
        judgments_in_force([campaign.pk])
        .filter(created_at__date__gte=first)
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by()
    )
    days = [first + timedelta(days=n) for n in range(N_DAYS)]
    return [(day, counts.get(day, 0)) for day in days]
