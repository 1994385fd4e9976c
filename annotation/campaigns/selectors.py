"""Read what a campaign has, what it lacks, and what a person should do next."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from annotation.campaigns.progress import shares_of
from annotation.common.access import campaigns_for
from annotation.models import (
    Campaign,
    Comparison,
    Item,
    Lane,
    Membership,
    QueueEntry,
    Rubric,
    User,
)
from annotation.queue.selectors.disputes import held_for_lead

Role = Membership.Role
State = Campaign.State


@dataclass(frozen=True)
class Parts:
    """How many of each thing a campaign has that it needs before work is handed out."""

    n_items: int
    n_published: int
    n_annotators: int
    n_comparisons: int

    def missing(self) -> list[str]:
        """Return in words what is missing. Items are not listed: comparisons imply them."""
        lacking = []
        if not self.n_published:
            lacking.append("a published rubric")
        if not self.n_comparisons:
            lacking.append("at least one comparison")
        if not self.n_annotators:
            lacking.append("at least one annotator")
        return lacking


@dataclass(frozen=True)
class HomeLine:
    """A campaign on a person's first page, and the one thing to do next there.

    target: a URL name, or empty when there is nothing to do. judged, wanted: the whole campaign's,
    for its leads.
    """

    campaign: Campaign
    roles: list[str]
    leads: bool
    advice: str
    action: str
    target: str
    judged: int
    wanted: int


def parts_of(campaign_ids: Collection[int]) -> dict[int, Parts]:
    """Return what each campaign has. Four queries for any number of campaigns."""
    in_use = Q(withdrawn_at__isnull=True)
    items = _counts(Item.objects.filter(in_use, campaign__in=campaign_ids))
    rubrics = _counts(Rubric.objects.filter(campaign__in=campaign_ids, published_at__isnull=False))
    people = _counts(
        Membership.objects.filter(
            campaign__in=campaign_ids, role=Role.ANNOTATOR, removed_at__isnull=True
        )
    )
    comparisons = _counts(Comparison.objects.filter(in_use, campaign__in=campaign_ids))
    return {
        pk: Parts(items.get(pk, 0), rubrics.get(pk, 0), people.get(pk, 0), comparisons.get(pk, 0))
        for pk in campaign_ids
    }


def missing_before_opening(campaign: Campaign) -> list[str]:
    """Return what a campaign lacks before work can be handed out, in words; empty when ready."""
    return parts_of([campaign.pk])[campaign.pk].missing()


def home_lines(user: User) -> list[HomeLine]:
    """Return a person's campaigns, newest first. Twelve queries for any number of campaigns."""
    found = campaigns_for(user)
    ids = [campaign.pk for campaign, _ in found]
    parts, shares = parts_of(ids), shares_of(ids)
    held = _counts(Comparison.objects.filter(held_for_lead(), campaign__in=ids))
    waiting_work = _waiting_work(user, ids)
    lines = []
    for campaign, roles in found:
        if Role.LEAD in roles:
            advice = _for_lead(campaign, parts[campaign.pk], held.get(campaign.pk, 0), roles)
        elif Role.ANNOTATOR in roles:
            advice = _for_annotator(campaign, waiting_work)
        else:
            advice = _for_adjudicator(campaign, waiting_work)
        judged, wanted = shares[campaign.pk]
        names = [str(role.label) for role in Role if role in roles]
        lines.append(HomeLine(campaign, names, Role.LEAD in roles, *advice, judged, wanted))
    return lines


def _for_lead(
    campaign: Campaign, parts: Parts, n_held: int, roles: set[str]
) -> tuple[str, str, str]:
    if campaign.state == State.DRAFT:
        return _next_step(parts)
    if n_held and campaign.state != State.CLOSED:
        noun = "comparison waits" if n_held == 1 else "comparisons wait"
        return f"{n_held} {noun} for your decision.", "Decide", "comparisons"
    if campaign.is_open and Role.ANNOTATOR in roles:
        return "Work is handed out.", "Judge", "judge"
    sentences: dict[str, str] = {State.PAUSED: "Paused: nobody gets work.", State.CLOSED: "Closed."}
    return sentences.get(campaign.state, "Work is handed out."), "Overview", "campaign"


def _next_step(parts: Parts) -> tuple[str, str, str]:
    """Return advice, the name of the action and its URL name for a draft."""
    if not parts.n_items:
        return "No items yet.", "Import items", "items"
    if not parts.n_published:
        return "The rubric is not published yet.", "Publish the rubric", "rubric"
    if not parts.n_annotators:
        return "Nobody can judge yet.", "Add people", "people"
    if not parts.n_comparisons:
        return "No comparisons yet.", "Build comparisons", "comparisons"
    return "Everything is in place.", "Go live", "campaign"


def _for_annotator(campaign: Campaign, waiting_work: "_WaitingWork") -> tuple[str, str, str]:
    if campaign.state == State.DRAFT:
        return "Not started yet.", "", ""
    if campaign.state == State.CLOSED:
        return "Closed. Thank you.", "", ""
    if campaign.state == State.PAUSED or campaign.pk in waiting_work.paused:
        return "Paused for now.", "", ""
    if not waiting_work.waiting.get(campaign.pk):
        return "Nothing waits right now.", "Judge", "judge"
    return "Work is waiting.", "Judge", "judge"


def _for_adjudicator(campaign: Campaign, waiting_work: "_WaitingWork") -> tuple[str, str, str]:
    n_disputes = waiting_work.disputes.get(campaign.pk, 0)
    if not campaign.is_open or not n_disputes:
        return "No dispute waits for you.", "", ""
    noun = "dispute waits" if n_disputes == 1 else "disputes wait"
    return f"{n_disputes} {noun} for a decision.", "Decide", "judge"


@dataclass(frozen=True)
class _WaitingWork:
    """What waits in the queues of the campaigns, and in which ones the person is paused."""

    waiting: dict[int, int]
    disputes: dict[int, int]
    paused: set[int]


def _waiting_work(user: User, ids: Collection[int]) -> _WaitingWork:
    mine = Membership.objects.filter(
        user=user, role=Role.ANNOTATOR, removed_at__isnull=True, paused_at__isnull=False
    )
    waiting = QueueEntry.objects.filter(campaign__in=ids, slot__isnull=False)
    n_waiting = dict(
        waiting.values_list("campaign").annotate(n=Count("comparison", distinct=True)).order_by()
    )
    disputes = _counts(QueueEntry.objects.filter(campaign__in=ids, lane=Lane.ADJUDICATION))
    return _WaitingWork(n_waiting, disputes, set(mine.values_list("campaign", flat=True)))


def _counts(rows: QuerySet[Any]) -> dict[int, int]:
    return dict(rows.values_list("campaign").annotate(n=Count("pk")).order_by())
