"""Record what somebody did to a campaign, and look it up."""

from typing import Any

from annotation.models import Campaign, CampaignEvent, User

# The event of a campaign in which simulated experts judge.
SIMULATED_VOTES = "votes_simulated"


def record(campaign: Campaign, actor: User | None, verb: str, **detail: Any) -> CampaignEvent:
    """Append an event; the caller holds the transaction of the change itself."""
    return CampaignEvent.objects.create(campaign=campaign, actor=actor, verb=verb, detail=detail)


def has_simulated_votes(campaign: Campaign) -> bool:
    """Whether some judgments of a campaign are simulated."""
    return CampaignEvent.objects.filter(campaign=campaign, verb=SIMULATED_VOTES).exists()
