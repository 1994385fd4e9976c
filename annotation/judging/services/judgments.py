"""Store an answer once, in canonical order, whatever happened to its lease meanwhile.

The usual case, an answer to a live lease, is one SQL statement (annotation/sql/submit.sql). The
other cases (a repeated client id, a lease that ended, "cannot judge") are decided under locks.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy
from psycopg.types.json import Jsonb

from annotation.answers.context import AnswerContext, answer_context, scales_of
from annotation.answers.parsing import Answer, parse_answer
from annotation.common.hot_path import fetch_rows
from annotation.errors import AlreadySkipped, ClientIdUsed
from annotation.judging.services.screens import require_screen
from annotation.judging.services.slot_of_answer import takes_slot
from annotation.models import (
    COUNTING_LANES,
    SECOND_READING,
    Assignment,
    Candidate,
    Comparison,
    Judgment,
    Lane,
    QueueEntry,
    User,
)
from annotation.queue.selectors.standing import why_stopped
from annotation.queue.services.overlap import settle
from annotation.queue.services.returns import (
    close,
    lock_own_assignment,
    refuse_answered,
)
from annotation.queue.services.slots import hold, return_slots, settle_slots
from annotation.references.selectors import with_reference

State = Assignment.State
# When this many people could not judge a comparison, it is held for the lead.
CANNOT_JUDGE_LIMIT = 2
CANNOT_JUDGE_REASON = "Two annotators could not judge it."
ADJUDICATOR_UNABLE = "An adjudicator could not judge it."
NOT_COUNTED = gettext_lazy("Your answer is kept as your work, but it does not count.")
UNUSED = gettext_lazy("This comparison is no longer in use.")
LATE = gettext_lazy("Its slot had been filled in the meantime.")
CLIENT_ID_CONSTRAINT = "annotation_judgment_client_id_key"
STORE = """
SELECT * FROM annotation_submit(%s, %s, %s, %s::smallint[], %s::smallint[], %s, %s, %s, %s,
                                %s, %s)
"""


@dataclass(frozen=True)
class SubmitResult:
    """The stored answer. state: "counted" or "surplus"; created: False for a retry.

    lane: the lane of the assignment, never shown to the annotator; "" for a revision. not_counted:
    for a surplus answer, a sentence that says why it does not count.
    """

    judgment_id: int
    public_id: UUID
    state: str
    created: bool
    lane: str = ""
    not_counted: str = ""

    @property
    def judgment(self) -> Judgment:
        """The stored row. One query."""
        return Judgment.objects.get(pk=self.judgment_id)


def read_answer(context: AnswerContext, data: Any) -> Answer:
    """Return the answer in the JSON object `data`, under the assignment's rubric version.

    Raises InvalidAnswer naming the field.
    """
    return parse_answer(data, k=len(context.shown_order), dimensions=scales_of(context.rubric_id))


def submit_judgment(*, assignment_public_id: UUID, annotator: User, answer: Answer) -> SubmitResult:
    """Store an answer to a person's own assignment, also after the lease ended.

    The answer takes its slot while that is free. Otherwise the answer is kept as surplus; so it is
    when the comparison was withdrawn, or the person or the campaign was stopped meanwhile. A retry
    with the same client id returns the first answer. Raises AlreadyAnswered, AlreadySkipped and
    ClientIdUsed, and then changes nothing; InvalidAnswer for evidence of less than the campaign's
    least screen; Http404 for an assignment that is not the person's.
    """
    context = answer_context(assignment_public_id, annotator.pk)
    require_screen(context, answer)
    stored = None if answer.cannot_judge else _store_at_once(context, annotator.pk, answer)
    if stored is not None:
        return stored
    try:
        return _submit(assignment_public_id, annotator, answer)
    except IntegrityError as error:
        # Two concurrent submits with one client id hold different locks; the unique index decides.
        if is_client_id_used(error):
            raise _client_id_used() from error
        raise


def _store_at_once(
    context: AnswerContext, annotator_id: int, answer: Answer
) -> SubmitResult | None:
    """Store the answer to a live lease; None when the case must be decided under locks."""
    query_params: list[Any] = [
        context.assignment_id,
        annotator_id,
        answer.client_id,
        answer.canonical_scores(context.shown_order),
        answer.canonical_ranks(context.shown_order),
        answer.tie_kind,
        answer.note,
        answer.active_ms,
        Jsonb(dict(answer.evidence)),
        Jsonb(answer.canonical_remarks(context.shown_order)),
        answer.worked_ms,
    ]
    try:
        with _savepoint():
            # A retry stores nothing: client_id is unique.
            rows = fetch_rows(STORE, query_params)
    except IntegrityError as error:
        if is_client_id_used(error):
            return None
        raise
    if not rows:
        return None
    judgment_id, public_id, comparison_id, is_adaptive, lane = rows[0]
    if is_adaptive:
        settle(comparison_id=comparison_id)
    return SubmitResult(judgment_id, public_id, "counted", created=True, lane=lane)


def _savepoint() -> AbstractContextManager[None]:
    """Open a savepoint inside a transaction, so that a refused row does not end it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


@transaction.atomic
def _submit(public_id: UUID, annotator: User, answer: Answer) -> SubmitResult:
    """Decide under locks: a repeated client id, a lease that ended, a slot that may be taken."""
    assignment = lock_own_assignment(annotator, public_id)
    first = Judgment.objects.filter(client_id=answer.client_id).first()
    if first is not None:
        if first.assignment_id != assignment.pk:
            raise _client_id_used()
        return _result(first, assignment, created=False)
    refuse_answered(assignment)
    if assignment.state == State.SKIPPED:
        raise AlreadySkipped("You skipped this comparison, so it takes no answer from you.")
    stopped = bool(why_stopped(assignment.campaign, annotator, assignment.lane))
    surplus = stopped or _has_no_use(assignment) or not takes_slot(assignment, answer)
    judgment = _store(assignment, answer, surplus=surplus)
    _close(assignment, answer, surplus=surplus)
    if answer.cannot_judge and not surplus:
        _hold_if_nobody_can_judge(assignment)
    if assignment.lane == Lane.ADJUDICATION:
        if not surplus and not answer.cannot_judge:
            _close_dispute(assignment)
    elif assignment.campaign.is_adaptive and not surplus:
        settle(comparison_id=assignment.comparison_id)
    return _result(judgment, assignment, created=True)


def _result(judgment: Judgment, assignment: Assignment, *, created: bool) -> SubmitResult:
    not_counted = ""
    if judgment.surplus:
        why = why_stopped(assignment.campaign, assignment.annotator, assignment.lane)
        why = why or (UNUSED if _has_no_use(assignment) else LATE)
        not_counted = f"{NOT_COUNTED} {why}"
    return SubmitResult(
        judgment.pk, judgment.public_id, _state(judgment), created, judgment.lane, not_counted
    )


def _has_no_use(assignment: Assignment) -> bool:
    """Whether the comparison left the counting lanes after it was leased."""
    if is_withdrawn(assignment.comparison):
        return True
    # It became a reference after the lease ended.
    return assignment.lane in COUNTING_LANES and bool(with_reference([assignment.comparison_id]))


def is_withdrawn(comparison: Comparison) -> bool:
    """Whether a comparison, its item or one of its candidates is out of use."""
    gone = Candidate.objects.filter(pk__in=comparison.candidate_ids, withdrawn_at__isnull=False)
    return (
        comparison.withdrawn_at is not None
        or comparison.item.withdrawn_at is not None
        or gone.exists()
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
        worked_ms=answer.worked_ms,
        evidence=dict(answer.evidence),
        remarks=answer.canonical_remarks(order),
    )


def _close(assignment: Assignment, answer: Answer, *, surplus: bool) -> None:
    if surplus:
        was_live = assignment.state == State.LEASED
        close(assignment, State.SURPLUS)
        if was_live and assignment.slot is not None:
            return_slots([assignment.pk])
    elif answer.cannot_judge:
        # It fills no slot: somebody else is asked.
        if assignment.state == State.LEASED:
            close(assignment, State.RELEASED)
            return_slots([assignment.pk])
        close(assignment, State.SUBMITTED, slot=None)
    else:
        close(assignment, State.SUBMITTED)


def _close_dispute(assignment: Assignment) -> None:
    """Ask neither other people nor the lead any more: the adjudicator decided."""
    offered = QueueEntry.objects.filter(comparison=assignment.comparison_id, lane=Lane.ADJUDICATION)
    # A late answer finds the comparison offered again.
    offered.delete()
    if assignment.policy != SECOND_READING:
        settle_slots(assignment.comparison)


def _hold_if_nobody_can_judge(assignment: Assignment) -> None:
    if assignment.lane == Lane.ADJUDICATION:
        if assignment.policy != SECOND_READING:
            hold([assignment.comparison_id], reason=ADJUDICATOR_UNABLE)
        return
    unable = Judgment.objects.in_force().filter(comparison=assignment.comparison_id)
    if unable.exclude(cannot_judge="").count() >= CANNOT_JUDGE_LIMIT:
        hold([assignment.comparison_id], reason=CANNOT_JUDGE_REASON)


def _state(judgment: Judgment) -> str:
    return "surplus" if judgment.surplus else "counted"


def _client_id_used() -> ClientIdUsed:
    return ClientIdUsed("This client_id was used for the answer to another assignment.")


def is_client_id_used(error: IntegrityError) -> bool:
    """Whether a row was refused because another answer has its client id."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) == CLIENT_ID_CONSTRAINT
