"""Search the audit log: of one campaign, or of the whole site."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from annotation.campaigns.event_words import KINDS
from annotation.campaigns.events import sentence
from annotation.models import Campaign, CampaignEvent

LONGEST_WORD = 150


@dataclass(frozen=True)
class LogFilter:
    """kind: a key of KINDS or "". person: who did it, or to whom. Days are UTC, both included."""

    kind: str = ""
    person: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class LogLine:
    """One event in words; `who` is empty for actions of the system."""

    event: CampaignEvent
    who: str
    what: str
    campaign: str


def filter_of(query: Mapping[str, str]) -> LogFilter:
    """Read a filter from an address; what cannot be read filters nothing."""
    kind = query.get("kind", "")
    return LogFilter(
        kind=kind if kind in KINDS else "",
        # No name holds a NUL, and PostgreSQL refuses to compare with one.
        person=query.get("person", "").replace("\0", "").strip()[:LONGEST_WORD],
        since=_day(query.get("since", "")),
        until=_day(query.get("until", "")),
    )


def events_of(campaign: Campaign | None, wanted: LogFilter) -> QuerySet[CampaignEvent]:
    """Return the events of a campaign (None: of the site, all campaigns included), newest first."""
    found = CampaignEvent.objects.select_related("actor", "campaign")
    if campaign is not None:
        found = found.filter(campaign=campaign)
    if wanted.kind:
        found = found.filter(verb__in=KINDS[wanted.kind].sentences)
    if wanted.person:
        found = found.filter(Q(actor__username=wanted.person) | Q(detail__user=wanted.person))
    if wanted.since:
        found = found.filter(created_at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=_midnight(wanted.until + timedelta(days=1)))
    return found.order_by("-created_at", "-pk")


def lines_of(events: QuerySet[CampaignEvent]) -> Iterator[LogLine]:
    """Yield events in words. One query; a long log is read in parts."""
    for event in events.iterator(chunk_size=2_000):
        yield LogLine(
            event=event,
            who=event.actor.username if event.actor else "",
            what=sentence(event),
            campaign=event.campaign.name if event.campaign else "",
        )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date.min < found < date.max else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
