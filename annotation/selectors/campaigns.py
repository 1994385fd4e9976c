"""Read what a campaign has and what it still lacks."""

from annotation.models import Campaign, Comparison, Membership, Rubric


def missing_before_opening(campaign: Campaign) -> list[str]:
    """Return what a campaign lacks before work can be handed out, in words; empty when ready."""
    missing = []
    if not Rubric.objects.filter(campaign=campaign, published_at__isnull=False).exists():
        missing.append("a published rubric")
    if not Comparison.objects.filter(campaign=campaign, withdrawn_at__isnull=True).exists():
        missing.append("at least one comparison")
    annotators = Membership.objects.filter(
        campaign=campaign, role=Membership.Role.ANNOTATOR, removed_at__isnull=True
    )
    if not annotators.exists():
        missing.append("at least one annotator")
    return missing
