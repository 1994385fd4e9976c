"""Build comparisons from a rule; release, withdraw or discard them."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.common.locks import lock_campaign
from annotation.common.reasons import read_reason
from annotation.comparisons.planning.choose import Rule
from annotation.comparisons.plans import Plan, plan_comparisons
from annotation.errors import DomainError
from annotation.models import Campaign, Comparison, QueueEntry, ReferenceAnswer, User
from annotation.queue.services.overlap import wanted_overlap
from annotation.queue.services.queue import enqueue_comparisons, reopen_slots
from annotation.queue.services.slots import leave_queue, lock_comparisons

BATCH = 2_000
MAX_REASON = 200


@dataclass(frozen=True)
class Built:
    """What a build did: the plan it followed, and how many comparisons are new in the queue."""

    plan: Plan
    n_queued: int


@transaction.atomic
def build_comparisons(*, campaign: Campaign, rule: Rule, actor: User | None) -> Built:
    """Add the comparisons that a rule asks for and queue them. Idempotent.

    Each queued slot stores the rule's name as policy, and as propensity the probability with which
    the rule chose the comparison among those of its item. Raises DomainError, and then nothing
    changed.
    """
    locked = lock_campaign(campaign)
    if locked.state == Campaign.State.CLOSED:
        raise DomainError("The campaign is closed; open it again to add comparisons.")
    plan = plan_comparisons(locked, rule)
    rows = Comparison.objects.bulk_create(
        (
            Comparison(
                campaign=locked,
                item_id=chosen.item,
                candidate_ids=list(chosen.candidates),
                overlap=wanted_overlap(locked, chosen.candidates),
            )
            for chosen in plan.chosen
        ),
        batch_size=BATCH,
    )
    chances = [chosen.propensity for chosen in plan.chosen]
    enqueue_comparisons(
        campaign=locked,
        propensities=dict(zip((row.pk for row in rows), chances, strict=True)),
        policy=rule.policy,
    )
    if rows:
        record(locked, actor, "comparisons_built", policy=rule.policy, n=len(rows))
    waiting = QueueEntry.objects.filter(comparison__in=[row.pk for row in rows])
    return Built(plan, waiting.values("comparison").distinct().count())


@transaction.atomic
def release_comparison(*, comparison: Comparison, actor: User | None) -> None:
    """Put a held comparison back into the queue under its first policy.

    Raises DomainError when it is not held.
    """
    [locked] = lock_comparisons([comparison.pk])
    if locked.held_at is None or locked.withdrawn_at is not None:
        raise DomainError("This comparison is not held.")
    Comparison.objects.filter(pk=locked.pk).update(held_at=None, held_reason="")
    reopen_slots(locked)
    record(
        locked.campaign,
        actor,
        "comparison_released",
        comparison=str(locked.public_id),
        held_for=locked.held_reason,
    )


@transaction.atomic
def withdraw_comparison(*, comparison: Comparison, reason: str, actor: User | None) -> None:
    """Take a comparison out of use. Its judgments stay; a build never creates it again.

    Raises InvalidSetting for a missing reason, DomainError when it was withdrawn before.
    """
    reason = read_reason(reason, longest=MAX_REASON)
    [locked] = lock_comparisons([comparison.pk])
    if locked.withdrawn_at is not None:
        raise DomainError("This comparison was withdrawn before.")
    leave_queue([locked.pk])
    Comparison.objects.filter(pk=locked.pk).update(withdrawn_at=Now())
    record(
        locked.campaign,
        actor,
        "comparison_withdrawn",
        comparison=str(locked.public_id),
        reason=reason,
    )


@transaction.atomic
def discard_comparisons(*, campaign: Campaign, actor: User | None) -> int:
    """Delete all comparisons of a draft, so that they can be built anew; return how many.

    Only in a draft, where nobody was served any. Their reference answers are deleted too. Raises
    DomainError.
    """
    locked = lock_campaign(campaign)
    mine = Comparison.objects.filter(campaign=locked)
    if locked.state != Campaign.State.DRAFT or mine.filter(assignments__isnull=False).exists():
        raise DomainError("Comparisons are discarded in a draft only; withdraw single ones.")
    QueueEntry.objects.filter(campaign=locked).delete()
    ReferenceAnswer.objects.filter(campaign=locked).delete()
    n_discarded, _ = mine.delete()
    if n_discarded:
        record(locked, actor, "comparisons_discarded", n=n_discarded)
    return n_discarded
