"""How much a training would learn from, if it froze the campaign now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q
from django.utils import timezone

from annotation.answers.in_force import judgments_in_force
from annotation.models import Campaign

#: The answers of this long say how fast people judge now.
RECENT = timedelta(hours=24)
#: Less than this says nothing about the speed.
LEAST_SPAN = timedelta(minutes=5)


@dataclass(frozen=True)
class TrainingVotes:
    """Judgments in force, and the sources that they are about.

    n_sources: sources to train on with at least one verdict that is no tie of all edits.
    n_held_out: held-out sources with one. per_hour: judgments in force of late; None = unknown.
    """

    n_judgments: int
    n_sources: int
    n_held_out: int
    per_hour: float | None


def training_votes(campaign: Campaign) -> TrainingVotes:
    """Return what a training would read now. Two queries."""
    judged = judgments_in_force([campaign.pk])
    # All ranks are equal in a tie of all edits, and nothing can be learned from it.
    decided = judged.filter(tie_kind__isnull=True)
    source = F("comparison__item__source")
    held_out = Q(comparison__item__held_out=True)
    counts = decided.aggregate(
        n_sources=Count(source, filter=~held_out, distinct=True),
        n_held_out=Count(source, filter=held_out, distinct=True),
    )
    since = timezone.now() - RECENT
    recent = Q(created_at__gte=since)
    times = judged.aggregate(
        n=Count("pk"),
        n_recent=Count("pk", filter=recent),
        first=Min("created_at", filter=recent),
    )
    return TrainingVotes(
        n_judgments=times["n"],
        per_hour=_speed(times["n_recent"], times["first"]),
        **counts,
    )


def _speed(n: int, first: datetime | None) -> float | None:
    if first is None:
        return None
    span = timezone.now() - first
    return n / (span / timedelta(hours=1)) if span >= LEAST_SPAN else None
