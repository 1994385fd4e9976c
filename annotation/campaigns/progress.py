"""Progress of a campaign: judgments in force against wanted ones, by lane and by day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Aggregate, Count, Exists, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Now, TruncDate
from django.utils import timezone

from annotation.answers.in_force import answers_in_force, judgments_in_force
from annotation.models import (
    Assignment,
    Campaign,
    Comparison,
    Judgment,
    Lane,
    Membership,
    QueueEntry,
)
from annotation.queue.selectors.disputes import held_for_lead, waits_for_adjudicator
from annotation.references.selectors import blocking_references

N_DAYS = 21
RECENT_DAYS = 7
MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class LaneLine:
    """One lane: answers in force, slots in the queue, and comparisons being judged now."""

    lane: str
    label: str
    n_answers: int
    n_free: int
    n_leased: int


@dataclass(frozen=True)
class CampaignProgress:
    """Progress of a campaign. hours_left: of active time, at the median so far; None = unknown.

    n_judged: judgments in force. n_recent_people: current annotators who answered within
    RECENT_DAYS.
    """

    n_judged: int
    n_wanted: int
    n_comparisons: int
    n_waiting: int
    n_held: int
    n_complete: int
    n_recent_people: int
    hours_left: float | None
    lanes: list[LaneLine]
    days: list[tuple[date, int]]

    @property
    def percent(self) -> float | None:
        """Percent of the wanted judgments that exist, 0 to 100; None when none is wanted."""
        return 100 * self.n_judged / self.n_wanted if self.n_wanted else None


class Median(Aggregate):
    """The median of a number, by PostgreSQL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def median_worked_ms(campaign: Campaign) -> float | None:
    """Return the median time at work on an answer in milliseconds, None before the first."""
    answered = Judgment.objects.in_force().filter(campaign=campaign, cannot_judge="")
    median: float | None = answered.aggregate(median=Median("worked_ms"))["median"]
    return median


def progress_of(campaign: Campaign) -> CampaignProgress:
    """Return a campaign's progress. Ten queries for any size."""
    sizes = _sizes(campaign)
    lanes = _lanes(campaign)
    n_judged, n_wanted = shares_of([campaign.pk])[campaign.pk]
    median = median_worked_ms(campaign)
    n_left = max(0, n_wanted - n_judged)
    slots = QueueEntry.objects.filter(campaign=campaign, slot__isnull=False)
    waiting = slots.values("comparison").distinct().count()
    return CampaignProgress(
        n_judged=n_judged,
        n_wanted=n_wanted,
        n_comparisons=sizes["used"],
        n_waiting=waiting,
        n_held=sizes["held"],
        n_complete=sizes["used"] - _count_unfinished(campaign),
        n_recent_people=_recent_people(campaign),
        hours_left=None if median is None else n_left * median / MS_PER_HOUR,
        lanes=lanes,
        days=_days(campaign),
    )


def shares_of(campaign_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return judgments in force and wanted, by campaign. Two queries for any number of them.

    A settled comparison wants only the judgments that it has.
    """
    settled = Q(comparison__settled_at__isnull=False)
    judged = {
        pk: (n, n_settled)
        for pk, n, n_settled in judgments_in_force(campaign_ids)
        .values("campaign")
        .annotate(n=Count("pk"), n_settled=Count("pk", filter=settled))
        .values_list("campaign", "n", "n_settled")
        .order_by()
    }
    wanted = dict(
        Comparison.objects.filter(campaign__in=campaign_ids, withdrawn_at=None, settled_at=None)
        .values_list("campaign")
        .annotate(n=Sum("overlap"))
        .order_by()
    )
    shares = {}
    for pk in campaign_ids:
        n_judged, n_settled = judged.get(pk, (0, 0))
        shares[pk] = n_judged, n_settled + wanted.get(pk, 0)
    return shares


def _sizes(campaign: Campaign) -> dict[str, Any]:
    # Those with a reference answer are out of the counting lanes.
    used = Comparison.objects.filter(campaign=campaign, withdrawn_at__isnull=True)
    return used.exclude(Exists(blocking_references())).aggregate(
        used=Count("pk"),
        held=Count("pk", filter=held_for_lead()),
    )


def _lanes(campaign: Campaign) -> list[LaneLine]:
    """Return the lanes that are not empty."""
    answered = dict(
        answers_in_force([campaign.pk]).values_list("lane").annotate(n=Count("pk")).order_by()
    )
    queue = QueueEntry.objects.filter(campaign=campaign)
    free = dict(queue.values_list("lane").annotate(n=Count("pk")).order_by())
    leased = dict(_live_leases(campaign).values_list("lane").annotate(n=Count("pk")).order_by())
    return [
        LaneLine(
            lane,
            str(Lane(lane).label),
            answered.get(lane, 0),
            free.get(lane, 0),
            leased.get(lane, 0),
        )
        for lane in Lane.values
        if lane in answered or lane in free or lane in leased
    ]


def _count_unfinished(campaign: Campaign) -> int:
    """Return how many comparisons have a slot that is free or leased, or wait for a decision."""
    free = QueueEntry.objects.filter(campaign=campaign, slot__isnull=False)
    leased = Assignment.objects.filter(
        campaign=campaign, state=Assignment.State.LEASED, slot__isnull=False
    )
    undecided = Comparison.objects.filter(
        Q(held_at__isnull=False) | waits_for_adjudicator(),
        campaign=campaign,
        withdrawn_at__isnull=True,
    )
    open_ones = free.values_list("comparison").union(leased.values_list("comparison"))
    return open_ones.union(undecided.values_list("pk")).count()


def _live_leases(campaign: Campaign) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        campaign=campaign, state=Assignment.State.LEASED, expires_at__gt=Now()
    )


def _days(campaign: Campaign) -> list[tuple[date, int]]:
    """Return the answers of each of the last days, oldest first, in UTC; all lanes and kinds."""
    today = timezone.now().date()
    first = today - timedelta(days=N_DAYS - 1)
    counts = dict(
        Judgment.objects.filter(campaign=campaign, created_at__date__gte=first)
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(n=Count("pk"))
        .order_by()
    )
    days = [first + timedelta(days=i) for i in range(N_DAYS)]
    return [(day, counts.get(day, 0)) for day in days]


def _recent_people(campaign: Campaign) -> int:
    here = Membership.objects.filter(
        campaign=campaign, role=Membership.Role.ANNOTATOR, removed_at__isnull=True
    )
    recent = Judgment.objects.filter(
        campaign=campaign,
        created_at__gte=Now() - timedelta(days=RECENT_DAYS),
        annotator__in=here.values("user"),
    )
    return recent.aggregate(n=Count("annotator", distinct=True))["n"] or 0
