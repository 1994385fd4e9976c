"""Store what an adjudicator decides after seeing the votes."""

import hashlib

from django.db import transaction

from annotation.adjudication.selectors.contested import kinds_of
from annotation.answers.parsing import Answer
from annotation.common.events import record
from annotation.errors import Conflict, InvalidSetting
from annotation.judging.services.judgments import is_withdrawn
from annotation.judging.services.revisions import replace_answer
from annotation.models import (
    SECOND_READING,
    Assignment,
    Campaign,
    Comparison,
    Decision,
    Judgment,
    Lane,
    Membership,
    User,
)
from annotation.queue.selectors.queue import people_left
from annotation.queue.selectors.standing import why_stopped
from annotation.queue.services.queue import offer
from annotation.queue.services.returns import lock_own_assignment
from annotation.queue.services.slots import hold

Cause = Decision.Cause
MAX_NOTE = 1000
BAD_ITEM = "An adjudicator calls the item bad."


@transaction.atomic
def decide(  # noqa: PLR0913 - all named, and each one is a column of the decision
    *,
    assignment: Assignment,
    user: User,
    cause: str,
    note: str = "",
    change: Answer | None = None,
    is_resolved: bool = True,
) -> Decision:
    """Store why people had disagreed, and the changed answer, if the adjudicator changed it.

    change: by screen position, under the rubric version of the assignment; None keeps the first
    answer. is_resolved: False leaves the comparison to taste; only for that cause. A bad item is
    held for a lead. A share of the decided comparisons is offered to a second adjudicator. Raises
    InvalidSetting naming the field, and Conflict, and then changes nothing.
    """
    _check(cause, note, is_resolved=is_resolved)
    locked = lock_own_assignment(user, assignment.public_id)
    first = undecided_answer(locked)
    if first is None:
        raise Conflict("There is no answer of yours here that waits for a decision.")
    contested_by = kinds_of(locked.campaign, locked.comparison)
    final = first if change is None else _change(first, locked, change)
    decision = Decision.objects.create(
        campaign_id=locked.campaign_id,
        comparison_id=locked.comparison_id,
        user=user,
        first=first,
        final=final,
        cause=cause,
        note=note.strip(),
        is_resolved=is_resolved,
        contested_by=contested_by,
    )
    names = {"comparison": str(locked.comparison.public_id), "cause": cause}
    record(locked.campaign, user, "dispute_decided", **names)
    if cause == Cause.BAD_ITEM:
        hold([locked.comparison_id], reason=BAD_ITEM)
    elif locked.policy != SECOND_READING:
        _offer_second_reading(locked)
    return decision


def undecided_answer(assignment: Assignment) -> Judgment | None:
    """Return the answer of an adjudication that counts and waits for its decision, or None."""
    return (
        Judgment.objects.in_force()
        .filter(assignment=assignment, lane=Lane.ADJUDICATION, ranks__isnull=False)
        .filter(decision__isnull=True, settles__isnull=True)
        .first()
    )


def _check(cause: str, note: str, *, is_resolved: bool) -> None:
    if cause not in Cause.values:
        raise InvalidSetting("cause", "Say why people disagreed.")
    if len(note.strip()) > MAX_NOTE or "\0" in note:
        raise InvalidSetting("note", f"The note has at most {MAX_NOTE} characters, and no NUL.")
    if not is_resolved and cause != Cause.TASTE:
        raise InvalidSetting("cause", "Only what is a matter of taste may stay unresolved.")


def _change(first: Judgment, assignment: Assignment, change: Answer) -> Judgment:
    if change.cannot_judge:
        raise Conflict("You have judged it already; keep your answer, or change it.")
    if stopped := why_stopped(assignment.campaign, assignment.annotator, assignment.lane):
        raise Conflict(f"The answer stays as it is. {stopped}")
    if is_withdrawn(assignment.comparison):
        raise Conflict("The answer stays as it is: the comparison was withdrawn.")
    return replace_answer(first, assignment, change)


def _offer_second_reading(assignment: Assignment) -> None:
    """Offer a comparison to another adjudicator if its hash is within the campaign's share."""
    campaign, comparison = assignment.campaign, assignment.comparison
    if not is_read_twice(campaign, comparison) or is_withdrawn(comparison):
        return
    if not people_left([comparison.pk], Membership.Role.ADJUDICATOR)[comparison.pk]:
        return
    again = Judgment.objects.in_force().filter(comparison=comparison, lane=Lane.ADJUDICATION)
    if again.values("annotator").distinct().count() > 1:
        return
    offer(
        campaign=campaign,
        lane=Lane.ADJUDICATION,
        propensities={comparison.pk: campaign.second_reading_percent / 100},
        policy=SECOND_READING,
    )


def is_read_twice(campaign: Campaign, comparison: Comparison) -> bool:
    """Whether the hash of a comparison is within the campaign's share of second readings."""
    text = f"{campaign.seed}:second:{comparison.pk}"
    draw = int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) / 2**52
    return draw * 100 < campaign.second_reading_percent
