"""A campaign's events as sentences for its leads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation.models import Campaign, CampaignEvent

# Templates are filled from the event's detail; a missing name leaves a gap, not an error.
SENTENCES = {
    "created": "created the campaign",
    "state": "moved the campaign from {from} to {to}",
    "rubric_published": "published rubric version {version}",
    "roles_given": "made {user} {roles}",
    "role_removed": "removed {user} as {role}",
    "annotator_paused": "paused {user}: {reason}",
    "skills_set": "set what {user} is asked about",
    "annotator_resumed": "let {user} go on",
    "annotator_warned": "warned {user}: {reason}",
    "appealed": "appealed: {reason}",
    "appeal_answered": "answered an appeal of {user}: {reason}",
    "rules_set": "set the quality rules: {modes}",
    "rule_fired": "{rule} found {user}: {reason}",
    "answers_set_aside": "set {n} answers of {user} aside: {reason}",
    "answers_restored": "let {n} answers of {user} count again; {n_left} stay set aside",
    "surplus_taken_in": "took in {n} surplus answers of {user}",
    "imported": "imported {file}: {items} items, {candidates} candidates",
    "comparisons_built": "built {n} comparisons ({policy})",
    "comparisons_discarded": "discarded {n} comparisons",
    "comparison_released": "released a held comparison ({held_for})",
    "comparison_withdrawn": "withdrew a comparison: {reason}",
    "look_alike_decided": "decided about two look-alikes of an item: {decision}",
    "item_withdrawn": "withdrew an item: {reason}",
    "item_corrected": "corrected an item: {reason}",
    "item_edited": "edited an item: {reason}",
    "item_completed": "completed an item by importing {file}: {fields}",
    "candidate_withdrawn": "withdrew a candidate: {reason}",
    "candidate_corrected": "corrected a candidate: {reason}",
    "candidate_edited": "edited a candidate: {reason}",
    "item_reported": "reported an item’s pictures: {reason}",
    "reports_resolved": "answered the reports of an item ({decision})",
    "reference_created": "made a reference answer ({use})",
    "golds_created": "made {n} known answers gold",
    "reference_withdrawn": "withdrew a reference answer ({use})",
    "champion": "made reward model {model:.8} the champion ({how})",
    "froze": "froze snapshot {snapshot:.12}",
    "demo_created": "opened the demo",
    "votes_simulated": "let simulated experts judge here",
    "demo_ready": "finished the demo",
}


@dataclass(frozen=True)
class EventLine:
    """Who did what and when; `who` is empty for actions of the system."""

    who: str
    what: str
    when: datetime


class _EmptyIfMissing(dict[str, Any]):
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
    if event.verb == "settings":
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
