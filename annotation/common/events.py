"""The audit log: record what somebody did, and look it up."""

import logging
from functools import partial
from typing import Any

from django.db import transaction

from annotation.common.addresses import network_of
from annotation.models import Campaign, CampaignEvent, User
from config.request_ids import current_request, request_id_of

logger = logging.getLogger("editjury.audit")
# The event of a campaign in which simulated experts judge.
SIMULATED_VOTES = "votes_simulated"


def record(
    campaign: Campaign | None, actor: User | None, verb: str, **detail: Any
) -> CampaignEvent:
    """Append an event, and write it to the process's log once it is committed.

    The caller holds the transaction of the change itself. campaign: None for an action on an
    account. detail: never a secret, since the page of the log shows it.
    """
    event = append(campaign, actor, verb, **detail)
    # Commands report on their own, and jobs have a record of theirs.
    if event.request_id:
        extra: dict[str, Any] = {"event": verb, "address": event.address}
        extra |= {} if campaign is None else {"campaign": campaign.slug}
        extra |= {} if actor is None else {"user": actor.pk}
        transaction.on_commit(partial(logger.info, verb.replace("_", " "), extra=extra))
    return event


def append(
    campaign: Campaign | None, actor: User | None, verb: str, **detail: Any
) -> CampaignEvent:
    """Append an event whose caller writes its own line to the process's log."""
    request = current_request()
    return CampaignEvent.objects.create(
        campaign=campaign,
        actor=actor,
        verb=verb,
        detail=detail,
        request_id=request_id_of(request) or "",
        address="" if request is None else network_of(request),
    )


def has_simulated_votes(campaign: Campaign) -> bool:
    """Whether some judgments of a campaign are simulated."""
    return CampaignEvent.objects.filter(campaign=campaign, verb=SIMULATED_VOTES).exists()
