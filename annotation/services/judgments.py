"""Store an answer: once, in canonical order, whatever happened to its lease meanwhile."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from annotation.errors import AlreadySkipped, ClientIdUsed
from annotation.models import Assignment, Candidate, Comparison, Judgment, Membership, User
from annotation.selectors.rubrics import words_of
from annotation.services.answers import Answer, Scale, parse_answer
from annotation.services.places import hold, recount
from annotation.services.returns import (
    close,
    lock_own_assignment,
    refuse_answered,
    release_newer_lease,
)

State = Assignment.State
# So many people who could not judge a comparison make it a case for the lead.
CANNOT_JUDGE_LIMIT = 2
CANNOT_JUDGE_REASON = "Two annotators could not judge it."
CLIENT_ID_CONSTRAINT = "annotation_judgment_client_id_key"


@dataclass(frozen=True)
class SubmitResult:
    """What became of an answer: state is "counted" or "surplus"; created is False on a repeat."""

    judgment: Judgment
    state: str
    created: bool


def read_answer(assignment: Assignment, data: Any) -> Answer:
    """Return the answer in the JSON object `data`, under the assignment's rubric version.

    Raises InvalidAnswer naming the field.
    """
    dimensions = [
        Scale(words.slug, frozenset(level.value for level in words.levels))
        for words in words_of(assignment.rubric)
    ]
    return parse_answer(data, k=assignment.comparison.k, dimensions=dimensions)


def submit_judgment(*, assignment_public_id: UUID, annotator: User, answer: Answer) -> SubmitResult:
    """Store an answer to a person's own assignment, live or over.

    The place goes to the answer while it is free; else, or when the comparison was withdrawn or
    the person removed meanwhile, the answer is kept as surplus. The same client id again returns
    the first answer. Raises AlreadyAnswered, AlreadySkipped and ClientIdUsed, and then changes
    nothing; Http404 for an assignment that is not the person's.
    """
    try:
        return _submit(assignment_public_id, annotator, answer)
    except IntegrityError as error:
        # Two assignments at once under one client id hold different locks; the index decides.
        if _constraint(error) == CLIENT_ID_CONSTRAINT:
            raise _client_id_used() from error
        raise


@transaction.atomic
def _submit(public_id: UUID, annotator: User, answer: Answer) -> SubmitResult:
    assignment = lock_own_assignment(annotator, public_id)
    first = Judgment.objects.filter(client_id=answer.client_id).first()
    if first is not None:
        if first.assignment_id != assignment.pk:
            raise _client_id_used()
        return SubmitResult(first, _state(first), created=False)
    refuse_answered(assignment)
    if assignment.state == State.SKIPPED:
        raise AlreadySkipped("You skipped this comparison, so it takes no answer from you.")
    surplus = _has_no_use(assignment) or not _may_take_place(assignment, answer)
    judgment = _store(assignment, answer, surplus=surplus)
    if not surplus:
        release_newer_lease(assignment)
    _close(assignment, answer, surplus=surplus)
    recount([assignment.comparison_id])
    if answer.cannot_judge and not surplus:
        _hold_if_nobody_can_judge(assignment.comparison)
    return SubmitResult(judgment, _state(judgment), created=True)


def _has_no_use(assignment: Assignment) -> bool:
    """Whether the comparison was withdrawn, or the person removed, since it was leased."""
    comparison = assignment.comparison
    if comparison.withdrawn_at is not None or comparison.item.withdrawn_at is not None:
        return True
    if Candidate.objects.filter(
        pk__in=comparison.candidate_ids, withdrawn_at__isnull=False
    ).exists():
        return True
    return not Membership.objects.filter(
        campaign_id=assignment.campaign_id,
        user_id=assignment.annotator_id,
        role=Membership.Role.ANNOTATOR,
        removed_at__isnull=True,
    ).exists()


def _may_take_place(assignment: Assignment, answer: Answer) -> bool:
    """Whether the answer counts: its place is free, and the person has not answered before.

    The person's own newer lease does not stand in the way: it is given back first.
    """
    if assignment.state == State.LEASED:
        return True
    others = Assignment.objects.filter(comparison_id=assignment.comparison_id).exclude(
        pk=assignment.pk
    )
    mine = others.filter(annotator_id=assignment.annotator_id)
    if mine.filter(state=State.SUBMITTED).exists():
        return False
    if answer.cannot_judge or assignment.slot is None:
        return True
    return (
        not others.exclude(annotator_id=assignment.annotator_id)
        .filter(slot=assignment.slot, state__in=[State.LEASED, State.SUBMITTED])
        .exists()
    )


def _store(assignment: Assignment, answer: Answer, *, surplus: bool) -> Judgment:
    order = assignment.shown_order
    return Judgment.objects.create(
        assignment=assignment,
        client_id=answer.client_id,
        campaign_id=assignment.campaign_id,
        comparison_id=assignment.comparison_id,
        annotator_id=assignment.annotator_id,
        rubric_id=assignment.rubric_id,
        lane=assignment.lane,
        scores=answer.canonical_scores(order),
        ranks=answer.canonical_ranks(order),
        tie_kind=answer.tie_kind,
        cannot_judge=answer.cannot_judge,
        surplus=surplus,
        note=answer.note,
        active_ms=answer.active_ms,
        evidence=dict(answer.evidence),
    )


def _close(assignment: Assignment, answer: Answer, *, surplus: bool) -> None:
    if surplus:
        close(assignment, State.SURPLUS)
    elif answer.cannot_judge:
        # It fills no place: somebody else is asked.
        close(assignment, State.SUBMITTED, slot=None)
    else:
        close(assignment, State.SUBMITTED)


def _hold_if_nobody_can_judge(comparison: Comparison) -> None:
    unable = Judgment.objects.in_force().filter(comparison=comparison).exclude(cannot_judge="")
    if unable.count() >= CANNOT_JUDGE_LIMIT:
        hold([comparison.pk], reason=CANNOT_JUDGE_REASON)


def _state(judgment: Judgment) -> str:
    return "surplus" if judgment.surplus else "counted"


def _client_id_used() -> ClientIdUsed:
    return ClientIdUsed("This client_id was used for the answer to another assignment.")


def _constraint(error: IntegrityError) -> str | None:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
