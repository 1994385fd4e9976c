"""Whether a late answer still counts: its slot, or its dispute, is free and wanted."""

from django.db.models import QuerySet

from annotation.answers.parsing import Answer
from annotation.models import SECOND_READING, Assignment, Lane, QueueEntry
from annotation.queue.services.returns import release_newer_lease, same_kind

State = Assignment.State


def takes_slot(assignment: Assignment, answer: Answer) -> bool:
    """Return whether the answer counts; if it does, take its slot out of the queue.

    It counts when the person has not answered before and its slot is free and still wanted. A
    newer lease of the same person does not block it: that lease is released first. The caller holds
    the lock of the assignment.
    """
    if assignment.state == State.LEASED:
        return True
    others = same_kind(assignment)
    mine = others.filter(annotator_id=assignment.annotator_id)
    if mine.filter(state__in=[State.SUBMITTED, State.SET_ASIDE]).exists():
        return False
    of_others = others.exclude(annotator_id=assignment.annotator_id)
    if assignment.lane == Lane.ADJUDICATION:
        return _takes_dispute(assignment, of_others)
    return _takes_free_slot(assignment, of_others, needs_slot=not answer.cannot_judge)


def _takes_dispute(assignment: Assignment, of_others: QuerySet[Assignment]) -> bool:
    """Whether no other adjudicator has the dispute; a second reading stands beside the first."""
    taken = of_others.filter(lane=Lane.ADJUDICATION, state__in=[State.LEASED, State.SUBMITTED])
    if assignment.policy != SECOND_READING and taken.exists():
        return False
    release_newer_lease(assignment)
    return True


def _takes_free_slot(
    assignment: Assignment, of_others: QuerySet[Assignment], *, needs_slot: bool
) -> bool:
    needs_slot = needs_slot and assignment.slot is not None
    holders = of_others.filter(slot=assignment.slot, state__in=[State.LEASED, State.SUBMITTED])
    unwanted = (assignment.slot or 0) > assignment.comparison.overlap
    if needs_slot and (unwanted or holders.exists()):
        return False
    release_newer_lease(assignment)
    if not needs_slot:
        return True
    # The deletion waits for a concurrent lease of the same slot, and then finds nothing.
    slot = QueueEntry.objects.filter(comparison=assignment.comparison_id, slot=assignment.slot)
    n_taken, _ = slot.delete()
    return bool(n_taken) or not holders.exists()
