"""Read the queue for one person: what is open, what remains, why nothing waits."""

from collections import defaultdict
from collections.abc import Collection
from typing import TypeVar

from django.db.models import Q, QuerySet

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
# After these states a comparison is never served to the same person again; after an expiry or a
# release it may be.
NEVER_AGAIN = (
    State.LEASED,
    State.SUBMITTED,
    State.SURPLUS,
    State.SKIPPED,
    State.SET_ASIDE,
)
HARMLESS = Q(comparison__item__sensitive="")


def ready_to_show() -> QuerySet[Assignment]:
    """Return assignments with all that the judging page shows of them."""
    return Assignment.objects.select_related(
        "campaign", "comparison__item__source", "comparison__item__change_region", "rubric"
    )


def why_nothing_waits(slug: str, annotator_id: int) -> str:
    """Return why a lease found nothing: "waiting", "sensitive", "not_qualified" or "done".

    "waiting": other people hold leases that may still end without an answer, or a repeat is not due
    yet. "sensitive": only items that the person chose never to see are left for their skills.
    """
    members = Membership.objects.filter(
        campaign__slug=slug,
        user=annotator_id,
        role__in=[Membership.Role.ANNOTATOR, Membership.Role.ADJUDICATOR],
        removed_at__isnull=True,
    ).select_related("campaign", "user")
    found = [_why_nothing(member) for member in members]
    by_weight = ("waiting", "sensitive", "done")
    return next((why for why in by_weight if why in found), "not_qualified")


def _why_nothing(member: Membership) -> str:
    free, held = _may_come(member)
    suited, wanted = within_skills(member), _wanted_by(member)
    if (
        free.filter(suited, wanted).exists()
        or held.filter(suited, wanted).exists()
        or _repeats(member).filter(wanted).exists()
    ):
        return "waiting"
    if free.filter(suited).exists() or held.filter(suited).exists() or _repeats(member).exists():
        return "sensitive"
    return "not_qualified" if free.exists() or held.exists() else "done"


def count_open(campaign: Campaign, annotator: User, *, at_most: int) -> int:
    """Return how many comparisons have a free slot for the person, counting to `at_most`."""
    free = QueueEntry.objects.filter(campaign=campaign, lane__in=COUNTING_LANES, slot__isnull=False)
    if avoids_sensitive(annotator):
        free = free.filter(HARMLESS)
    distinct = _still_to_come(free, annotator.pk).order_by().values("comparison").distinct()
    return distinct[:at_most].count()


def people_left(
    comparison_ids: Collection[int], role: str = Membership.Role.ANNOTATOR
) -> dict[int, int]:
    """Return per comparison how many active people of a role could still get it. Three queries.

    Annotators who chose never to see sensitive items are not counted for those.
    """
    found = Comparison.objects.filter(pk__in=comparison_ids)
    pools = {
        pk: (campaign_id, bool(sensitive) and role == Membership.Role.ANNOTATOR)
        for pk, campaign_id, sensitive in found.values_list("pk", "campaign", "item__sensitive")
    }
    active: dict[tuple[int, bool], set[int]] = defaultdict(set)
    members = Membership.objects.filter(
        campaign__in={campaign_id for campaign_id, _ in pools.values()},
        role=role,
        removed_at__isnull=True,
        paused_at__isnull=True,
    )
    for member in members.select_related("user"):
        active[member.campaign_id, False].add(member.user_id)
        if not avoids_sensitive(member.user):
            active[member.campaign_id, True].add(member.user_id)
    seen: dict[int, set[int]] = defaultdict(set)
    for comparison_id, user_id in Assignment.objects.filter(
        comparison_id__in=comparison_ids, state__in=NEVER_AGAIN
    ).values_list("comparison_id", "annotator_id"):
        seen[comparison_id].add(user_id)
    return {pk: len(active[pool] - seen[pk]) for pk, pool in pools.items()}


def avoids_sensitive(person: User) -> bool:
    """Whether a person chose never to be served sensitive items (adjudication apart)."""
    return bool(person.preferences.get("sensitive") == "never")


def _may_come(member: Membership) -> tuple[QuerySet[QueueEntry], QuerySet[Assignment]]:
    """Return the queue rows and the leases of others that may still lead to work for a person."""
    adjudicates = member.role == Membership.Role.ADJUDICATOR
    lanes = (Lane.ADJUDICATION,) if adjudicates else COUNTING_LANES
    rows = QueueEntry.objects.filter(campaign=member.campaign, lane__in=lanes)
    held = Assignment.objects.filter(
        campaign=member.campaign, lane__in=lanes, state=State.LEASED
    ).exclude(annotator=member.user_id)
    if not adjudicates:
        # These comparisons stay out of the queue, however their leases end.
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
    """Return the person's repeats that are only waiting for their due time."""
    mine = QueueEntry.objects.filter(
        campaign=member.campaign, lane=Lane.REPEAT, annotator=member.user_id
    )
    return mine.exclude(after_serves__gt=member.serves)


def _wanted_by(member: Membership) -> Q:
    adjudicates = member.role == Membership.Role.ADJUDICATOR
    return Q() if adjudicates or not avoids_sensitive(member.user) else HARMLESS


def within_skills(member: Membership) -> Q:
    """Return a condition: the categories and languages of a queue row fit the person."""
    suited = Q()
    if member.categories:
        suited &= Q(comparison__item__category__in=member.categories)
    if member.languages:
        suited &= Q(comparison__item__language__in=["", *member.languages])
    return suited
