"""Change one's own answer: a new judgment supersedes the old one, which stays on record."""

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import Http404

from annotation.answers.parsing import Answer
from annotation.answers.remark_parsing import kept_by_revision
from annotation.errors import ClientIdUsed, NotRevisable
from annotation.judging.services.judgments import SubmitResult, is_client_id_used, is_withdrawn
from annotation.judging.services.screens import check_screen, least_screen_of
from annotation.models import RETURN_WINDOW, Assignment, Judgment, Lane, Review, User
from annotation.queue.selectors.standing import why_stopped
from annotation.queue.services.overlap import settle
from annotation.queue.services.returns import lock_own_assignment

KEEPS = "The answer stays as it is: "
#: Each stays on record for ever; nobody changes one mind more often.
MAX_REVISIONS = 10


def revise_judgment(*, judgment_public_id: UUID, annotator: User, answer: Answer) -> SubmitResult:
    """Store an answer that replaces the person's newest one to the same assignment.

    The answer is by screen position, in the order shown the first time. An answer without remarks
    keeps those of the answer it replaces. A retry with the same client id returns the stored
    answer. Raises NotRevisable saying why not, ClientIdUsed, and InvalidAnswer for evidence of less
    than the campaign's least screen, and then changes nothing; Http404 for a judgment that is not
    the person's.
    """
    try:
        return _revise(judgment_public_id, annotator, answer)
    except IntegrityError as error:
        # Another assignment used the same client id concurrently, under other locks.
        if is_client_id_used(error):
            raise _client_id_used() from error
        raise


@transaction.atomic
def _revise(public_id: UUID, annotator: User, answer: Answer) -> SubmitResult:
    own = Judgment.objects.filter(public_id=public_id, annotator=annotator)
    found = own.values_list("assignment__public_id", flat=True).first()
    if found is None:
        raise Http404("No such judgment.")
    assignment = lock_own_assignment(annotator, found)
    judgment = own.select_related("superseded_by", "set_aside").get()
    known = Judgment.objects.filter(client_id=answer.client_id).first()
    if known is not None:
        if known.supersedes_id != judgment.pk:
            raise _client_id_used()
        return SubmitResult(known.pk, known.public_id, "counted", created=False)
    if judgment.lane == Lane.ADJUDICATION:
        raise NotRevisable(f"{KEEPS}a dispute is changed on the page where it is decided.")
    _refuse(judgment, assignment, answer)
    if answer.evidence:
        # The plain form sends no evidence of the screen, so that of the first answer is kept.
        check_screen(answer.evidence, least_screen_of(assignment.campaign))
    new = replace_answer(judgment, assignment, answer)
    if assignment.campaign.is_adaptive:
        settle(comparison_id=assignment.comparison_id)
    return SubmitResult(new.pk, new.public_id, "counted", created=True)


def _refuse(judgment: Judgment, assignment: Assignment, answer: Answer) -> None:
    if hasattr(judgment, "superseded_by"):
        raise NotRevisable("This answer was changed before; change the newest one.")
    if judgment.surplus:
        raise NotRevisable(f"{KEEPS}it is surplus, and counts for no label.")
    if hasattr(judgment, "set_aside"):
        raise NotRevisable(f"{KEEPS}a lead set it aside.")
    if judgment.cannot_judge:
        raise NotRevisable(f"{KEEPS}you could not judge it, and its slot went to somebody else.")
    if answer.cannot_judge:
        raise NotRevisable(f"{KEEPS}“cannot judge” is for a first answer.")
    if stopped := why_stopped(assignment.campaign, assignment.annotator):
        raise NotRevisable(f"The answer stays as it is. {stopped}")
    if is_withdrawn(assignment.comparison):
        raise NotRevisable(f"{KEEPS}the comparison was withdrawn.")
    if Judgment.objects.filter(assignment=assignment).count() > MAX_REVISIONS:
        raise NotRevisable(f"{KEEPS}it was changed {MAX_REVISIONS} times, and no more is possible.")
    if not (_is_open(assignment) or _was_returned(judgment)):
        raise NotRevisable(f"{KEEPS}the time in which it could be changed is over.")


def _is_open(assignment: Assignment) -> bool:
    """Whether the campaign's window after the first answer is still open, by the database."""
    window = timedelta(minutes=assignment.campaign.revise_minutes)
    return Judgment.objects.filter(
        assignment=assignment, supersedes__isnull=True, created_at__gt=Now() - window
    ).exists()


def _was_returned(judgment: Judgment) -> bool:
    """Whether a reviewer returned the answer lately, so that its person may change it."""
    return Review.objects.filter(
        judgment=judgment,
        outcome=Review.Outcome.RETURNED,
        created_at__gt=Now() - RETURN_WINDOW,
    ).exists()


def replace_answer(old: Judgment, assignment: Assignment, answer: Answer) -> Judgment:
    """Store an answer that supersedes another to the same assignment; the caller holds its lock."""
    ranks = answer.canonical_ranks(assignment.shown_order)
    if answer.remarks is None:
        remarks = kept_by_revision(old.remarks, same_verdict=ranks == old.ranks)
    else:
        remarks = answer.canonical_remarks(assignment.shown_order)
    return Judgment.objects.create(
        supersedes=old,
        assignment=assignment,
        client_id=answer.client_id,
        campaign_id=old.campaign_id,
        comparison_id=old.comparison_id,
        annotator_id=old.annotator_id,
        rubric_id=old.rubric_id,
        lane=old.lane,
        scores=answer.canonical_scores(assignment.shown_order),
        ranks=ranks,
        tie_kind=answer.tie_kind,
        note=answer.note,
        active_ms=answer.active_ms,
        evidence=dict(answer.evidence),
        remarks=remarks,
    )


def _client_id_used() -> ClientIdUsed:
    return ClientIdUsed("This client_id was used for another answer.")
