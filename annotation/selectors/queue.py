"""Read the queue for one person: what is open, what remains, why nothing waits."""

from collections import defaultdict
from collections.abc import Collection
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from annotation.models import (
    COUNTING_LANES,
    Assignment,
    Campaign,
    Comparison,
    Lane,
    Membership,
    QueueEntry,
    User,
)

Row = TypeVar("Row", QueueEntry, Assignment)
State = Assignment.State
# After these a comparison never comes to the same person again; after an expiry or a return it may.
NEVER_AGAIN = (State.LEASED, State.SUBMITTED, State.SURPLUS, State.SKIPPED)


def ready_to_show() -> QuerySet[Assignment]:
    """Return assignments with all that the judging page shows of them."""
    return Assignment.objects.select_related("campaign", "comparison__item__source", "rubric")


def open_leases(campaign: Campaign, annotator: User) -> QuerySet[Assignment]:
    """Return a person's live leases, oldest first, ready to be shown."""
    return (
        ready_to_show()
        .filter(campaign=campaign, annotator=annotator, state=State.LEASED, expires_at__gt=Now())
        .order_by("leased_at", "id")
    )


def why_nothing_waits(slug: str, annotator_id: int) -> str:
    """Return why a lease found nothing: "waiting", "not_qualified" or "done".

    Waiting: others hold what may still come back, or a repeat's time has not come.
    """
    members = Membership.objects.filter(
        campaign__slug=slug,
        user=annotator_id,
        role__in=[Membership.Role.ANNOTATOR, Membership.Role.ADJUDICATOR],
        removed_at__isnull=True,
    ).select_related("campaign")
    found = [_why_nothing(member) for member in members]
    return next((why for why in ("waiting", "done") if why in found), "not_qualified")


def _why_nothing(member: Membership) -> str:
    free, held = _may_come(member)
    suited = _within_skills(member)
    if free.filter(suited).exists() or held.filter(suited).exists() or _repeats(member).exists():
        return "waiting"
    return "not_qualified" if free.exists() or held.exists() else "done"


def count_open(campaign: Campaign, annotator: User, *, at_most: int) -> int:
    """Return how many comparisons have a free place for the person, counting to `at_most`."""
    free = QueueEntry.objects.filter(campaign=campaign, lane__in=COUNTING_LANES, slot__isnull=False)
    distinct = _still_to_come(free, annotator.pk).order_by().values("comparison").distinct()
    return distinct[:at_most].count()


def people_left(
    comparison_ids: Collection[int], role: str = Membership.Role.ANNOTATOR
) -> dict[int, int]:
    """Return per comparison how many active people of a role could still get it. Three queries."""
    campaigns = dict(
        Comparison.objects.filter(pk__in=comparison_ids).values_list("pk", "campaign_id")
    )
    active: dict[int, set[int]] = defaultdict(set)
    for campaign_id, user_id in Membership.objects.filter(
        campaign_id__in=set(campaigns.values()),
        role=role,
        removed_at__isnull=True,
        paused_at__isnull=True,
    ).values_list("campaign_id", "user_id"):
        active[campaign_id].add(user_id)
    seen: dict[int, set[int]] = defaultdict(set)
    for comparison_id, user_id in Assignment.objects.filter(
        comparison_id__in=comparison_ids, state__in=NEVER_AGAIN
    ).values_list("comparison_id", "annotator_id"):
        seen[comparison_id].add(user_id)
    return {pk: len(active[campaign_id] - seen[pk]) for pk, campaign_id in campaigns.items()}


def _may_come(member: Membership) -> tuple[QuerySet[QueueEntry], QuerySet[Assignment]]:
    """Return the queue rows and the leases of others that may still lead to work for a person."""
    adjudicates = member.role == Membership.Role.ADJUDICATOR
    lanes = (Lane.ADJUDICATION,) if adjudicates else COUNTING_LANES
    rows = QueueEntry.objects.filter(campaign=member.campaign, lane__in=lanes)
    held = Assignment.objects.filter(
        campaign=member.campaign, lane__in=lanes, state=State.LEASED
    ).exclude(annotator=member.user_id)
    if not adjudicates:
        # Nothing of these comes back, whatever becomes of the leases.
        held = held.filter(comparison__held_at=None, comparison__settled_at=None)
    return (
        _still_to_come(rows, member.user_id),
        _still_to_come(held, member.user_id),
    )


def _still_to_come(rows: QuerySet[Row], annotator_id: int) -> QuerySet[Row]:
    mine = Assignment.objects.filter(annotator=annotator_id, state__in=NEVER_AGAIN)
    return rows.filter(
        comparison__withdrawn_at__isnull=True,
        comparison__item__withdrawn_at__isnull=True,
    ).exclude(comparison__in=mine.values("comparison"))


def _repeats(member: Membership) -> QuerySet[QueueEntry]:
    """Return the person's repeats for which only the time must pass."""
    mine = QueueEntry.objects.filter(
        campaign=member.campaign, lane=Lane.REPEAT, annotator=member.user_id
    )
    return mine.exclude(after_serves__gt=member.serves)


def _within_skills(member: Membership) -> Q:
    suited = Q()
    if member.categories:
        suited &= Q(comparison__item__category__in=member.categories)
    if member.languages:
        suited &= Q(comparison__item__language__in=["", *member.languages])
    return suited
