"""Locks that services of several capabilities take."""

from annotation.models import Campaign


def lock_campaign(campaign: Campaign) -> Campaign:
    """Lock the campaign and return it fresh; inserts that refer to it are not blocked."""
    return Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
