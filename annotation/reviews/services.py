"""Store reviews, the replies of annotators, and the answers to them."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import Http404

from annotation.common.events import record
from annotation.common.reasons import read_reason
from annotation.errors import DomainError, InvalidSetting
from annotation.models import Judgment, Review, User

Outcome = Review.Outcome
MAX_COMMENT = 1_000
REVIEWED = "Somebody has reviewed this answer already."


@transaction.atomic
def review(
    *, judgment: Judgment, reviewer: User, outcome: str, drawn_by: str, comment: str = ""
) -> Review:
    """Store what a reviewer found in an answer, once.

    Raises InvalidSetting naming the field: an unknown outcome, no comment where one is needed, or
    one that is too long; DomainError for the own answer, and for one that was reviewed already.
    """
    if outcome not in Outcome.values:
        raise InvalidSetting("outcome", "Accept, return or fix it.")
    if judgment.annotator_id == reviewer.pk:
        raise DomainError("This answer is your own; somebody else reviews it.")
    if outcome != Outcome.ACCEPTED or comment.strip():
        comment = _comment(comment)
    try:
        with transaction.atomic():
            made = Review.objects.create(
                campaign_id=judgment.campaign_id,
                judgment=judgment,
                reviewer=reviewer,
                outcome=outcome,
                drawn_by=drawn_by,
                comment=comment.strip(),
            )
    except IntegrityError as error:
        raise DomainError(REVIEWED) from error
    if outcome != Outcome.ACCEPTED:
        user = judgment.annotator.username
        record(judgment.campaign, reviewer, "answer_reviewed", user=user, outcome=outcome)
    return made


@transaction.atomic
def reply(*, found: Review, user: User, text: str) -> None:
    """Store what the annotator says to a review, once.

    Raises Http404 for another's answer, InvalidSetting without a text, DomainError for a second
    reply.
    """
    if found.judgment.annotator_id != user.pk:
        raise Http404("No such review.")
    fresh = Review.objects.filter(pk=found.pk, replied_at__isnull=True)
    if not fresh.update(reply=_comment(text), replied_at=Now()):
        raise DomainError("You have replied already; a lead will answer.")


@transaction.atomic
def answer_reply(*, found: Review, actor: User, text: str) -> None:
    """Answer an annotator's reply, once. Raises InvalidSetting without a text, else DomainError."""
    fresh = Review.objects.filter(pk=found.pk, replied_at__isnull=False, answered_at__isnull=True)
    if not fresh.update(answer=_comment(text), answered_at=Now(), answered_by=actor):
        raise DomainError("There is no reply here that waits for an answer.")


def _comment(text: str) -> str:
    try:
        return read_reason(text, longest=MAX_COMMENT)
    except InvalidSetting as refusal:
        raise InvalidSetting("comment", str(refusal)) from refusal
