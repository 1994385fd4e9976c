"""Read what a campaign lacks, and what a person should do next in each role."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext, ngettext

from annotation.campaigns.progress import shares_of
from annotation.common.access import campaigns_for
from annotation.common.steps import Parts, first_open, loop_steps, parts_of, setup_steps
from annotation.models import Campaign, Comparison, Lane, Membership, QueueEntry, User
from annotation.queue.selectors.disputes import held_for_lead

Role = Membership.Role
State = Campaign.State


@dataclass(frozen=True)
class RoleLine:
    """What a person does in a role, and the one thing to do next.

    guide: the name of the help page for the role. target: a URL name, or empty when there is
    nothing to do; fragment: a part of that page.
    """

    role: str
    about: str
    guide: str
    advice: str
    action: str = ""
    target: str = ""
    fragment: str = ""


@dataclass(frozen=True)
class HomeLine:
    """A campaign on a person's first page. judged, wanted: the whole campaign's, for its leads."""

    campaign: Campaign
    roles: list[RoleLine]
    leads: bool
    judged: int
    wanted: int

    @property
    def target(self) -> str:
        """The URL name of the page that the campaign's name leads to; empty for none."""
        return "campaign" if self.leads else next((r.target for r in self.roles if r.target), "")


def missing_before_opening(campaign: Campaign) -> list[str]:
    """Return what a campaign lacks before work can be handed out, in words; empty when ready."""
    return parts_of([campaign.pk])[campaign.pk].missing()


def home_lines(user: User) -> list[HomeLine]:
    """Return a person's campaigns, newest first. Nine queries for any number of campaigns."""
    found = campaigns_for(user)
    ids = [campaign.pk for campaign, _ in found]
    parts, shares = parts_of(ids), shares_of(ids)
    held = _counts(Comparison.objects.filter(held_for_lead(), campaign__in=ids))
    waiting_work = _waiting_work(user, ids)
    lines = []
    for campaign, roles in found:
        judged, wanted = shares[campaign.pk]
        does = []
        if Role.LEAD in roles:
            n_held = held.get(campaign.pk, 0)
            does.append(_for_lead(campaign, parts[campaign.pk], n_held, judged, wanted))
        if Role.ANNOTATOR in roles:
            does.append(_for_annotator(campaign, waiting_work))
        if Role.ADJUDICATOR in roles:
            does.append(_for_adjudicator(campaign, waiting_work))
        lines.append(HomeLine(campaign, does, Role.LEAD in roles, judged, wanted))
    return lines


def _for_lead(campaign: Campaign, parts: Parts, n_held: int, judged: int, wanted: int) -> RoleLine:
    about = (
        "You prepare the campaign, watch the judging, train the reward model and export the data."
    )

    def line(advice: str, action: str, target: str, fragment: str = "") -> RoleLine:
        return RoleLine(str(Role.LEAD.label), about, "leads", advice, action, target, fragment)

    if campaign.state == State.DRAFT:
        step = first_open(setup_steps(campaign, parts))
        if step is None:
            return line("Everything is in place.", "Go live", "campaign")
        return line(step.lack, step.action, step.target, step.fragment)
    if n_held and campaign.state != State.CLOSED:
        noun = "comparison waits" if n_held == 1 else "comparisons wait"
        return line(f"{n_held} {noun} for your decision.", "Decide", "comparisons")
    if not campaign.is_open:
        words = "Closed." if campaign.state == State.CLOSED else "Paused: nobody gets work."
        return line(words, "Overview", "campaign")
    step = first_open(loop_steps(parts, judged=judged, wanted=wanted))
    if step is None:
        return line("Work is handed out.", "Overview", "campaign")
    return line(step.lack, step.action, step.target)


def _for_annotator(campaign: Campaign, waiting_work: "_WaitingWork") -> RoleLine:
    about = gettext("You compare edits of a picture: score each, then say which is better.")

    def line(advice: str, action: str = "") -> RoleLine:
        target = "judge" if action else ""
        return RoleLine(gettext("Annotator"), about, "annotators", advice, action, target)

    if campaign.state == State.DRAFT:
        return line(gettext("Not started yet. Work appears here when it does."))
    if campaign.state == State.CLOSED:
        return line(gettext("Closed. Thank you."))
    if campaign.state == State.PAUSED or campaign.pk in waiting_work.paused:
        return line(gettext("Paused for now. Work appears here when it goes on."))
    if not waiting_work.waiting.get(campaign.pk):
        return line(gettext("Nothing waits right now."), gettext("Judge"))
    return line(gettext("Work is waiting."), gettext("Judge"))


def _for_adjudicator(campaign: Campaign, waiting_work: "_WaitingWork") -> RoleLine:
    about = gettext("You decide comparisons on which the annotators could not agree.")
    role = gettext("Adjudicator")
    n_disputes = waiting_work.disputes.get(campaign.pk, 0)
    if not campaign.is_open or not n_disputes:
        advice = gettext("No dispute waits for you. The next one appears here.")
        return RoleLine(role, about, "annotators", advice)
    advice = ngettext(
        "%(n)d dispute waits for a decision.", "%(n)d disputes wait for a decision.", n_disputes
    ) % {"n": n_disputes}
    return RoleLine(role, about, "annotators", advice, gettext("Decide"), "decide")


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
