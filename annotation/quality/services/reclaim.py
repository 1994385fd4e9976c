"""Set a person's answers aside and give their slots to others; restore them.

Nothing is deleted but the mark itself: the judgments stay, and so does the list of what was set
aside. A slot that other people filled meanwhile stays theirs.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.reasons import read_reason
from annotation.errors import DomainError
from annotation.models import Assignment, Campaign, Judgment, Lane, Reclaim, SetAside, User
from annotation.quality.selectors.reclaim import Selection, in_labels, surplus_of
from annotation.queue.services.overlap import ask_again, settle
from annotation.queue.services.slots import (
    lock_comparisons,
    return_slots,
    settle_slots,
    take_slots,
)
from annotation.references.selectors import with_reference

State = Assignment.State
MAX_REASON = 300


@dataclass(frozen=True)
class Restored:
    """How many answers count again, and how many stay set aside: others filled their slots."""

    n_restored: int
    n_left: int


# What a copy takes over. Not the working time: it would count twice.
COPIED = (
    *("assignment_id", "campaign_id", "comparison_id", "annotator_id", "rubric_id", "lane"),
    *("scores", "ranks", "tie_kind", "note", "evidence", "remarks"),
)


@transaction.atomic
def set_aside(
    *, campaign: Campaign, user: User, chosen: Selection, reason: str, actor: User
) -> Reclaim:
    """Take a person's answers out of labels and return their slots to the queue.

    Gold, training and repeats stay: they are in no label, and show how the person judged. Raises
    InvalidSetting for a missing reason and DomainError where nothing would be set aside; then
    nothing changed.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    lock_campaign(campaign)
    wanted = in_labels(campaign, user, chosen)
    comparisons = lock_comparisons(set(wanted.values_list("comparison", flat=True)))
    # Read again: an answer may have been revised while this waited for the locks.
    rows = list(wanted.order_by("pk").values_list("pk", "assignment"))
    if not rows:
        raise DomainError(f"None of these answers of {user.username} decides a label.")
    ids = [pk for pk, _ in rows]
    reclaim = Reclaim.objects.create(
        campaign=campaign,
        annotator=user,
        since=chosen.since,
        until=chosen.until,
        reason=reason,
        judgment_ids=ids,
        actor=actor,
    )
    SetAside.objects.bulk_create(
        SetAside(judgment_id=pk, reclaim=reclaim, reason=reason, actor=actor) for pk in ids
    )
    assignments = [pk for _, pk in rows]
    Assignment.objects.filter(pk__in=assignments).update(state=State.SET_ASIDE)
    ask_again(comparisons)
    return_slots(assignments)
    record(campaign, actor, "answers_set_aside", user=user.username, n=len(ids), reason=reason)
    return reclaim


@transaction.atomic
def restore(*, reclaim: Reclaim, actor: User, judgment: UUID | None = None) -> Restored:
    """Count the answers of a reclaim again whose slot nobody else has filled meanwhile.

    judgment: only this one of them; None = all. Raises DomainError where none of them is set aside
    any more.
    """
    campaign = lock_campaign(reclaim.campaign)
    marked = Judgment.objects.filter(set_aside__reclaim=reclaim)
    if judgment is not None:
        marked = marked.filter(public_id=judgment)
    comparisons = lock_comparisons(set(marked.values_list("comparison", flat=True)))
    assignments = dict(marked.values_list("assignment", "pk"))
    if not assignments:
        raise DomainError("None of these answers is set aside any more.")
    back = take_slots(assignments)
    Assignment.objects.filter(pk__in=back).update(state=State.SUBMITTED)
    judgments = [assignments[pk] for pk in back]
    SetAside.objects.filter(judgment__in=judgments).delete()
    decided = set(
        Judgment.objects.filter(Q(lane=Lane.ADJUDICATION), pk__in=judgments)
        .exclude(ranks=None)
        .values_list("comparison", flat=True)
    )
    for comparison in comparisons:
        if comparison.pk in decided:
            settle_slots(comparison)
        elif campaign.is_adaptive:
            settle(comparison_id=comparison.pk)
    Reclaim.objects.filter(pk=reclaim.pk).update(undone_at=Now(), undone_by=actor)
    result = Restored(len(back), len(assignments) - len(back))
    record(
        campaign,
        actor,
        "answers_restored",
        user=reclaim.annotator.username,
        n=result.n_restored,
        n_left=result.n_left,
    )
    return result


@transaction.atomic
def take_in(
    *, campaign: Campaign, user: User, actor: User, judgments: Collection[UUID] | None = None
) -> list[Judgment]:
    """Let surplus answers of a person count whose slot is free; return the answers that count now.

    judgments: public ids; None = all.
    A judgment never changes, so each is superseded by a copy that is not surplus. Raises
    DomainError where none can count; then nothing changed.
    """
    campaign = lock_campaign(campaign)
    wanted = surplus_of(campaign, user)
    if judgments is not None:
        wanted = wanted.filter(public_id__in=judgments)
    comparisons = lock_comparisons(set(wanted.values_list("comparison", flat=True)))
    references = with_reference([comparison.pk for comparison in comparisons])
    surplus = {
        one.assignment_id: one
        for one in wanted.order_by("pk")
        if one.comparison_id not in references
    }
    taken = take_slots(surplus)
    if not taken:
        raise DomainError("Others have filled these slots meanwhile, or the answers count already.")
    Assignment.objects.filter(pk__in=taken).update(state=State.SUBMITTED)
    copies = Judgment.objects.bulk_create(
        Judgment(
            client_id=uuid4(),
            supersedes=surplus[pk],
            **{name: getattr(surplus[pk], name) for name in COPIED},
        )
        for pk in sorted(taken)
    )
    if campaign.is_adaptive:
        for copy in copies:
            settle(comparison_id=copy.comparison_id)
    record(campaign, actor, "surplus_taken_in", user=user.username, n=len(copies))
    return copies
