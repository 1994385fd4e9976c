"""Whether a person's work in a campaign counts now, and if not, why."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from annotation.models import Campaign, CampaignEvent, Judgment, Lane, Membership, User

WORKING_ROLES = (Membership.Role.ANNOTATOR, Membership.Role.ADJUDICATOR)
# A lead may decide disputes as well.
DECIDING_ROLES = (*WORKING_ROLES, Membership.Role.LEAD)
REMOVED = gettext_lazy("You are no annotator here any more.")
PAUSED = gettext_lazy("A lead has paused your work here.")
CAMPAIGN_PAUSED = gettext_lazy("The campaign is paused.")
CLOSED = gettext_lazy("The campaign is closed.")


def why_stopped(campaign: Campaign, person: User, lane: str = "") -> str | Promise:
    """Return why a person's answers do not count now, as a sentence; "" while they do. One query.

    lane: of the answer; in adjudication those of a lead count too. The campaign is not read again:
    fetch it in the transaction that decides.
    """
    roles = DECIDING_ROLES if lane == Lane.ADJUDICATION else WORKING_ROLES
    pauses = list(_active(campaign, person, roles).values_list("paused_at", flat=True))
    if not pauses:
        return REMOVED
    if campaign.state == Campaign.State.CLOSED:
        return CLOSED
    if not campaign.is_open:
        return CAMPAIGN_PAUSED
    return PAUSED if any(pauses) else ""


def count_after_stop(campaign: Campaign, person: User) -> int:
    """Return how many of a person's answers came after the current pause or close."""
    since = [
        at
        for at in _active(campaign, person, WORKING_ROLES).values_list("paused_at", flat=True)
        if at is not None
    ]
    if not campaign.is_open:
        stops = CampaignEvent.objects.filter(
            campaign=campaign, verb="state", detail__from__in=["pilot", "live"]
        ).order_by("-pk")
        since += stops.values_list("created_at", flat=True)[:1]
    if not since:
        return 0
    mine = Judgment.objects.filter(campaign=campaign, annotator=person, surplus=True)
    return mine.filter(created_at__gte=min(since)).count()


def _active(campaign: Campaign, person: User, roles: Collection[str]) -> QuerySet[Membership]:
    return Membership.objects.filter(
        campaign=campaign, user=person, role__in=roles, removed_at__isnull=True
    )
