"""A campaign's rules for the comparison screen."""

from typing import Any

from annotation.models import Campaign


def screen_rules(campaign: Campaign) -> dict[str, Any]:
    """Return what the judging page asks for and offers; least_*: "" and None = any screen."""
    return {
        "asks_strength": campaign.asks_strength,
        "reasons": campaign.reason_chips,
        # A view that hints at an answer has no place where answers are the yardstick.
        "outside": campaign.shows_outside and campaign.purpose == Campaign.Purpose.PREFERENCES,
        "least_gamut": campaign.least_gamut,
        "least_pane": campaign.least_pane,
    }
