"""What every command does first: find the campaign, or end with one line and exit code 2."""

from django.core.management.base import CommandError

from annotation.models import Campaign


def campaign_named(slug: str) -> Campaign:
    """Return the campaign with this slug; CommandError with exit code 2 when there is none."""
    campaign = Campaign.objects.filter(slug=slug).first()
    if campaign is None:
        raise CommandError(f"There is no campaign named {slug!r}.", returncode=2)
    return campaign
