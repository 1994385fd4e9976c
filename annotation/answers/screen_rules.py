"""A campaign's rules for the comparison screen."""

from typing import Any

from annotation.models import Campaign


def screen_rules(campaign: Campaign) -> dict[str, Any]:
    """Return what the judging page asks for and offers; least_*: "" and None = any screen."""
    return {
        "asks_strength": campaign.asks_strength,
        "reasons": campaign.reason_chips,
        # This view hints at an answer, so it is off where answers are what models are measured by.
        "outside": campaign.shows_outside and campaign.purpose == Campaign.Purpose.PREFERENCES,
        "least_gamut": campaign.least_gamut,
        "least_pane": campaign.least_pane,
    }
