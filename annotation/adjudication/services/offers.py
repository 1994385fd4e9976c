"""Hand comparisons to the adjudicators."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction

from annotation.common.events import record
from annotation.errors import DomainError
from annotation.models import Campaign, Comparison, Lane, Membership, User
from annotation.queue.selectors.queue import people_left
from annotation.queue.services.queue import offer
from annotation.queue.services.slots import lock_comparisons

HAND_PICKED = "hand_picked"


def offer_to_adjudicators(
    comparisons: Sequence[Comparison], *, policy: str, chances: Mapping[int, float]
) -> None:
    """Offer locked comparisons in the adjudication lane. chances: by id; missing = hand-picked."""
    by_campaign: dict[Campaign, dict[int, float | None]] = defaultdict(dict)
    for comparison in comparisons:
        by_campaign[comparison.campaign][comparison.pk] = chances.get(comparison.pk)
    for campaign, mine in by_campaign.items():
        offer(campaign=campaign, lane=Lane.ADJUDICATION, propensities=mine, policy=policy)


def refuse_closed(comparisons: Sequence[Comparison]) -> None:
    """Raise DomainError where a comparison's campaign is closed: nobody is asked any more."""
    campaigns = {comparison.campaign_id for comparison in comparisons}
    if Campaign.objects.filter(pk__in=campaigns, state=Campaign.State.CLOSED).exists():
        raise DomainError("The campaign is closed: open it again to ask people.")


@transaction.atomic
def adjudicate_comparison(*, comparison: Comparison, actor: User | None) -> None:
    """Let an adjudicator decide about a comparison; a held one stays held until then.

    Raises DomainError when the campaign is closed, it is withdrawn, or no adjudicator is left who
    has not judged it.
    """
    [locked] = lock_comparisons([comparison.pk])
    refuse_closed([locked])
    if locked.withdrawn_at is not None:
        raise DomainError("This comparison was withdrawn.")
    if not people_left([locked.pk], Membership.Role.ADJUDICATOR)[locked.pk]:
        raise DomainError("No adjudicator is left who has not judged this comparison.")
    offer_to_adjudicators([locked], policy=HAND_PICKED, chances={})
    record(locked.campaign, actor, "comparison_adjudicated", comparison=str(locked.public_id))
