"""What setting a person's answers aside would change, and what was set aside already."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.http import Http404

from annotation.models import (
    COUNTING_LANES,
    Assignment,
    Campaign,
    Judgment,
    Lane,
    Membership,
    Reclaim,
    Snapshot,
    User,
)
from annotation.models.judgments import JudgmentQuerySet
from annotation.queue.selectors.queue import people_left
from annotation.stats.labels import majority

LABEL_LANES = (*COUNTING_LANES, Lane.ADJUDICATION)


@dataclass(frozen=True)
class Selection:
    """Which of a person's answers: first given from `since` to before `until` (None = open).

    judgment: only this one.
    """

    since: datetime | None = None
    until: datetime | None = None
    judgment: UUID | None = None


@dataclass(frozen=True)
class Effect:
    """What a reclaim would change. n_slots: judgments that are asked of others again.

    n_without_label: comparisons that keep no answer; n_changed: those of the others on which some
    pair gets another majority, or none. n_nobody_left: comparisons that nobody else could judge.
    n_decided: adjudications among the answers. n_snapshots: frozen ones, which keep the answers.
    """

    n_answers: int
    n_comparisons: int
    n_slots: int
    n_without_label: int
    n_changed: int
    n_nobody_left: int
    n_decided: int
    n_snapshots: int


@dataclass(frozen=True)
class ReclaimLine:
    """One reclaim. n: answers then; n_set_aside: those that are set aside now."""

    public_id: UUID
    reason: str
    actor: str
    created_at: datetime
    since: datetime | None
    until: datetime | None
    undone_at: datetime | None
    n: int
    n_set_aside: int


def in_labels(campaign: Campaign, user: User, wanted: Selection) -> JudgmentQuerySet:
    """Return those answers in force of a person that are in lanes which decide labels.

    "Cannot judge" is among them: two of these hold a comparison.
    """
    found = Judgment.objects.in_force().filter(
        campaign=campaign, annotator=user, lane__in=LABEL_LANES
    )
    if wanted.since is not None:
        found = found.filter(assignment__closed_at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(assignment__closed_at__lt=wanted.until)
    if wanted.judgment is not None:
        found = found.filter(public_id=wanted.judgment)
    return found


def effect_of(campaign: Campaign, user: User, wanted: Selection) -> Effect:
    """Return what setting the answers aside would change. Seven queries."""
    found = in_labels(campaign, user, wanted)
    rows = list(found.values_list("pk", "comparison", "lane", "assignment__slot"))
    out = {pk for pk, _, _, _ in rows}
    comparisons = {comparison for _, comparison, _, _ in rows}
    slots = [comparison for _, comparison, _, slot in rows if slot is not None]
    n_without, n_changed = _labels_changed(comparisons, out)
    snapshots = Snapshot.objects.filter(campaign=campaign)
    return Effect(
        n_answers=len(rows),
        n_comparisons=len(comparisons),
        n_slots=len(slots),
        n_without_label=n_without,
        n_changed=n_changed,
        n_nobody_left=sum(not n for n in people_left(set(slots)).values()),
        n_decided=sum(lane == Lane.ADJUDICATION for _, _, lane, _ in rows),
        n_snapshots=snapshots.count() if rows else 0,
    )


def reclaims_of(campaign: Campaign, user: User) -> list[ReclaimLine]:
    """Return what was set aside of a person, newest first. One query."""
    found = (
        Reclaim.objects.filter(campaign=campaign, annotator=user)
        .select_related("actor")
        .annotate(n_set_aside=Count("set_asides"))
        .order_by("-created_at", "-pk")
    )
    return [
        ReclaimLine(
            public_id=one.public_id,
            reason=one.reason,
            actor=one.actor.username,
            created_at=one.created_at,
            since=one.since,
            until=one.until,
            undone_at=one.undone_at,
            n=len(one.judgment_ids),
            n_set_aside=one.n_set_aside,
        )
        for one in found
    ]


def reclaim_for_lead(campaign: Campaign, public_id: UUID) -> Reclaim:
    """Return a reclaim of a campaign that was fetched for its lead."""
    found = (
        Reclaim.objects.filter(campaign=campaign, public_id=public_id)
        .select_related("campaign", "annotator")
        .first()
    )
    if found is None:
        raise Http404("Nothing was set aside here under that id.")
    return found


def judgment_for_lead(campaign: Campaign, public_id: UUID) -> Judgment:
    """Return an answer of a campaign that was fetched for its lead, with what it is part of."""
    found = (
        Judgment.objects.filter(campaign=campaign, public_id=public_id)
        .select_related("annotator", "comparison", "set_aside__reclaim__campaign")
        .first()
    )
    if found is None:
        raise Http404("No such answer.")
    return found


def surplus_of(campaign: Campaign, user: User) -> JudgmentQuerySet:
    """Return a person's surplus answers that may still be taken in: of counting lanes, in use."""
    return Judgment.objects.counting().filter(
        campaign=campaign,
        annotator=user,
        surplus=True,
        superseded_by__isnull=True,
        cannot_judge="",
        assignment__state=Assignment.State.SURPLUS,
        comparison__withdrawn_at=None,
        comparison__item__withdrawn_at=None,
    )


def count_surplus(campaign: Campaign, user: User) -> int:
    """Return how many surplus answers of a person could still be taken in."""
    return surplus_of(campaign, user).count()


def pseudonym_of(reclaim: Reclaim) -> UUID:
    """Return the pseudonym of the annotator whose answers were set aside."""
    members = Membership.objects.filter(campaign=reclaim.campaign_id, user=reclaim.annotator_id)
    return members.values_list("pseudonym", flat=True).get(role=Membership.Role.ANNOTATOR)


def _labels_changed(comparisons: set[int], out: set[int]) -> tuple[int, int]:
    """Return how many comparisons lose all votes, and how many others another majority."""
    votes: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    in_force = Judgment.objects.in_force().counting()
    for pk, comparison, ranks in in_force.filter(
        comparison__in=comparisons, ranks__isnull=False
    ).values_list("pk", "comparison", "ranks"):
        votes[comparison].append((pk, ranks or []))
    n_without = n_changed = 0
    for mine in votes.values():
        left = [ranks for pk, ranks in mine if pk not in out]
        if len(left) == len(mine):
            continue
        n_without += not left
        n_changed += bool(left) and _majority(left) != _majority([ranks for _, ranks in mine])
    return n_without, n_changed


def _majority(ranks: Sequence[Sequence[int]]) -> list[int | None]:
    return list(majority(ranks))
