"""What the rules found in a campaign, for its leads."""

from uuid import UUID

from django.http import Http404

from annotation.models import Campaign, RuleAlert

MOST = 100


def alerts_of(campaign: Campaign) -> list[RuleAlert]:
    """Return the alerts of a campaign, open ones first, then newest first. One query."""
    found = RuleAlert.objects.filter(campaign=campaign).select_related("user", "handled_by")
    newest = list(found.order_by("-created_at", "-pk")[:MOST])
    return sorted(newest, key=lambda alert: alert.handled_at is not None)


def alert_for_lead(campaign: Campaign, public_id: UUID) -> RuleAlert:
    """Return an alert of a campaign that was fetched for its lead."""
    found = (
        RuleAlert.objects.filter(campaign=campaign, public_id=public_id)
        .select_related("campaign", "user")
        .first()
    )
    if found is None:
        raise Http404("No such alert.")
    return found
