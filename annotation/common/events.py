"""Record what somebody did to a campaign."""

from typing import Any

from annotation.models import Campaign, CampaignEvent, User


def record(campaign: Campaign, actor: User | None, verb: str, **detail: Any) -> CampaignEvent:
    """Append an event; the caller holds the transaction of the change itself."""
    return CampaignEvent.objects.create(campaign=campaign, actor=actor, verb=verb, detail=detail)
