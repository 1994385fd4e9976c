"""A campaign's events as sentences for its leads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation.campaigns.event_words import SENTENCES, SETTINGS
from annotation.models import Campaign, CampaignEvent


@dataclass(frozen=True)
class EventLine:
    """Who did what and when; `who` is empty for actions of the system."""

    who: str
    what: str
    when: datetime


class _EmptyIfMissing(dict[str, Any]):
    """A missing name leaves a gap, not an error."""

    def __missing__(self, key: str) -> str:
        return "…"


def recent_events(campaign: Campaign, *, limit: int = 8) -> list[EventLine]:
    """Return the last events, newest first. One query."""
    events = CampaignEvent.objects.filter(campaign=campaign).select_related("actor")
    return [
        EventLine(event.actor.username if event.actor else "", sentence(event), event.created_at)
        for event in events.order_by("-created_at", "-pk")[:limit]
    ]


def sentence(event: CampaignEvent) -> str:
    """Return what somebody did, without the name."""
    if event.verb == SETTINGS:
        return "changed " + ", ".join(
            f"{name.replace('_', ' ')} from {_shown(change['from'])} to {_shown(change['to'])}"
            if len(f"{change['from']}{change['to']}") < 60  # noqa: PLR2004 - long texts are left out
            else name.replace("_", " ")
            for name, change in event.detail.get("changes", {}).items()
        )
    template = SENTENCES.get(event.verb)
    if template is None:
        return event.verb.replace("_", " ")
    words = {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in event.detail.items()
    }
    return template.format_map(_EmptyIfMissing(words))


def _shown(value: Any) -> Any:
    if value is None or value in ("", []):
        return "none"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return ("no", "yes")[value] if isinstance(value, bool) else value
