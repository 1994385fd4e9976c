"""What in a campaign waits for a lead, so that the overview says it first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, OuterRef, Subquery

from annotation.campaigns.progress import CampaignProgress
from annotation.models import Campaign, Membership, PersonMessage, RuleAlert

QUIET_DAYS = 3
SHOWN = 5


@dataclass(frozen=True)
class Concern:
    """One thing that waits. target: a URL name, with the person's pseudonym or a query."""

    text: str
    action: str
    target: str
    person: str = ""
    query: str = ""


def concerns_of(campaign: Campaign, progress: CampaignProgress, today: date) -> list[Concern]:
    """Return what waits for a lead, most pressing first; empty when nothing does. Two queries."""
    return [
        *_appeals(campaign),
        *_alerts(campaign),
        *_held(progress),
        *_silence(campaign, progress, today),
    ]


def _appeals(campaign: Campaign) -> Iterable[Concern]:
    pseudonym = Membership.objects.filter(campaign=campaign, user=OuterRef("user"))
    waiting = (
        PersonMessage.objects.filter(campaign=campaign, answered_at=None)
        .exclude(appealed_at=None)
        .annotate(person=Subquery(pseudonym.values("pseudonym")[:1]), name=F("user__username"))
        .order_by("appealed_at", "pk")
    )
    for message in waiting.values("person", "name")[:SHOWN]:
        yield Concern(
            f"{message['name']} appeals against a message.",
            "Answer",
            "person-actions",
            person=str(message["person"]),
        )


def _alerts(campaign: Campaign) -> Iterable[Concern]:
    n = RuleAlert.objects.filter(campaign=campaign, handled_at=None).count()
    if n:
        what = "An alert" if n == 1 else f"{n} alerts"
        verb = "waits" if n == 1 else "wait"
        yield Concern(f"{what} of the quality rules {verb}.", "Look", "quality-rules")


def _held(progress: CampaignProgress) -> Iterable[Concern]:
    if progress.n_held:
        n, wait = progress.n_held, "waits" if progress.n_held == 1 else "wait"
        noun = "comparison" if n == 1 else "comparisons"
        yield Concern(f"{n} {noun} {wait} for you.", "Decide", "comparisons", query="show=held")


def _silence(campaign: Campaign, progress: CampaignProgress, today: date) -> Iterable[Concern]:
    """Yield a concern where people could work and nobody did for QUIET_DAYS, after a first day."""
    if campaign.state not in {Campaign.State.PILOT, Campaign.State.LIVE} or not progress.n_waiting:
        return
    worked = [day for day, n in progress.days if n]
    if worked and today - worked[-1] >= timedelta(days=QUIET_DAYS):
        days = (today - worked[-1]).days
        left = progress.n_wanted - progress.n_judged
        text = f"Nobody has answered for {days} days; {left} judgments are left."
        yield Concern(text, "People", "people")
