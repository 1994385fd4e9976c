"""Tell people about their work; they may appeal, and a lead answers."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.reasons import read_reason
from annotation.errors import DomainError
from annotation.models import Campaign, PersonMessage, User

Kind = PersonMessage.Kind
MAX_TEXT, MAX_APPEAL = 1_000, 2_000


def tell(
    *, campaign: Campaign, user: User, kind: str, text: str, actor: User | None
) -> PersonMessage:
    """Store a message to a person; the caller holds the transaction of the act.

    Raises InvalidSetting for an empty or too long text.
    """
    text = read_reason(text, longest=MAX_TEXT)
    return PersonMessage.objects.create(
        campaign=campaign, user=user, kind=kind, text=text, actor=actor
    )


@transaction.atomic
def warn(*, campaign: Campaign, user: User, text: str, actor: User | None) -> PersonMessage:
    """Warn a person about their work. Raises InvalidSetting without a text."""
    lock_campaign(campaign)
    message = tell(campaign=campaign, user=user, kind=Kind.WARNED, text=text, actor=actor)
    record(campaign, actor, "annotator_warned", user=user.username, reason=message.text)
    return message


@transaction.atomic
def appeal(*, message: PersonMessage, user: User, text: str) -> None:
    """Store a person's appeal against a message to them, once.

    Raises InvalidSetting without a text, DomainError for a second appeal, Http404 for a message to
    another person.
    """
    if message.user_id != user.pk:
        raise Http404("No such message.")
    text = read_reason(text, longest=MAX_APPEAL)
    lock_campaign(message.campaign)
    fresh = PersonMessage.objects.filter(pk=message.pk, appealed_at=None)
    if not fresh.update(appeal=text, appealed_at=Now()):
        raise DomainError("You have appealed already; a lead will answer.")
    record(message.campaign, user, "appealed", user=user.username, reason=text)


@transaction.atomic
def answer_appeal(*, message: PersonMessage, text: str, actor: User) -> None:
    """Answer an appeal, once. Raises InvalidSetting without a text, DomainError otherwise."""
    text = read_reason(text, longest=MAX_APPEAL)
    lock_campaign(message.campaign)
    fresh = PersonMessage.objects.filter(pk=message.pk, answered_at=None).exclude(appealed_at=None)
    if not fresh.update(answer=text, answered_at=Now(), answered_by=actor):
        raise DomainError("There is no appeal here that waits for an answer.")
    record(message.campaign, actor, "appeal_answered", user=message.user.username, reason=text)


def messages_to(campaign: Campaign, user: User) -> Sequence[PersonMessage]:
    """Return a person's messages in a campaign, newest first. One query."""
    found = PersonMessage.objects.filter(campaign=campaign, user=user)
    return list(found.select_related("actor", "answered_by").order_by("-created_at", "-pk"))


def message_in(campaign: Campaign, public_id: UUID) -> PersonMessage:
    """Return a message of a campaign that was fetched for its reader or its lead."""
    found = (
        PersonMessage.objects.filter(campaign=campaign, public_id=public_id)
        .select_related("campaign", "user")
        .first()
    )
    if found is None:
        raise Http404("No such message.")
    return found
