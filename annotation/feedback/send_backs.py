"""Send judged comparisons back to people who have not judged them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from annotation.adjudication.services.offers import (
    HAND_PICKED,
    offer_to_adjudicators,
    refuse_closed,
)
from annotation.errors import DomainError, HeldOutNeverSentBack
from annotation.models import (
    Assignment,
    Comparison,
    Item,
    Lane,
    Membership,
    QueueEntry,
    SendBack,
    User,
)
from annotation.queue.selectors.disputes import with_adjudicators
from annotation.queue.selectors.queue import people_left
from annotation.queue.services.queue import open_slots
from annotation.queue.services.slots import hold, lock_comparisons
from annotation.references.selectors import with_reference

MAX_RAISE = 20
NOBODY_LEFT = "Nobody is left who has not judged it."
NO_ANNOTATOR = "no_annotator_left"


@dataclass
class SendBackResult:
    """Comparison ids: sent back, given to adjudicators, held for the lead, and left out.

    left_out: the reason by id.
    """

    sent: list[int] = field(default_factory=list)
    adjudicated: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def send_back(  # noqa: PLR0913 - all named, and each one is a column of the log
    *,
    comparisons: Sequence[Comparison],
    cause: str,
    actor: User | None,
    raised_by: int = 1,
    model: str = "",
    propensities: Mapping[int, float] | None = None,
) -> SendBackResult:
    """Raise the overlap of comparisons by `raised_by` (1 to 20) and queue them for other people.

    The overlap is raised by less where fewer people are left. Where nobody is left, the comparison
    goes to the adjudicators; without one, it is held for the lead. Withdrawn and held comparisons,
    and those that adjudicators have, are left out.
    cause: at most 200 characters; model: the reward model whose disagreement it was. propensities:
    inclusion probability by comparison id, None when picked by hand. Raises HeldOutNeverSentBack
    and DomainError; then nothing changed.
    """
    if not 1 <= raised_by <= MAX_RAISE:
        raise DomainError(f"The overlap is raised by 1 to {MAX_RAISE}, not by {raised_by}.")
    locked = lock_comparisons([comparison.pk for comparison in comparisons])
    refuse_closed(locked)
    _refuse_held_out(locked)
    result = SendBackResult()
    raises: dict[int, int] = {}
    ids = [comparison.pk for comparison in locked]
    left, free = people_left(ids), _free_slots(ids)
    references, disputed = with_reference(ids), with_adjudicators(ids)
    adjudicators = people_left(ids, Membership.Role.ADJUDICATOR)
    for comparison in locked:
        n_left, n_free = left[comparison.pk], free[comparison.pk]
        if comparison.pk in disputed:
            result.left_out[comparison.pk] = "It is with the adjudicators already."
        elif reason := _why_not(
            comparison, n_left, n_free, is_reference=comparison.pk in references
        ):
            result.left_out[comparison.pk] = reason
        elif n_left:
            raises[comparison.pk] = min(raised_by, n_left - n_free)
        elif adjudicators[comparison.pk]:
            result.adjudicated.append(comparison.pk)
        else:
            result.held.append(comparison.pk)
    hold(result.held, reason=NOBODY_LEFT)
    offer_to_adjudicators(
        [comparison for comparison in locked if comparison.pk in result.adjudicated],
        policy=NO_ANNOTATOR,
        chances=propensities or {},
    )
    raised = [comparison for comparison in locked if comparison.pk in raises]
    _write_raises(raised, raises)
    _log(raised, raises, SendBack(cause=cause, model=model, actor=actor), propensities or {})
    _queue_again(raised, _policy(model, propensities), propensities or {})
    result.sent = [comparison.pk for comparison in raised]
    return result


def _free_slots(comparison_ids: Collection[int]) -> Counter[int]:
    waiting = QueueEntry.objects.filter(comparison_id__in=comparison_ids, slot__isnull=False)
    return Counter(waiting.values_list("comparison_id", flat=True))


def _refuse_held_out(comparisons: Sequence[Comparison]) -> None:
    ids = {comparison.item_id for comparison in comparisons}
    held_out = set(Item.objects.filter(pk__in=ids, held_out=True).values_list("pk", flat=True))
    named = [str(c.public_id) for c in comparisons if c.item_id in held_out]
    if named:
        raise HeldOutNeverSentBack(
            f"Held-out sources are never sent back: comparison {', '.join(named)}."
        )


def _why_not(comparison: Comparison, n_left: int, n_free: int, *, is_reference: bool) -> str:
    if is_reference:
        return "It has a reference answer."
    if comparison.withdrawn_at is not None:
        return "It was withdrawn."
    if comparison.held_at is not None:
        return "It waits for the lead's decision."
    if 0 < n_left <= n_free:
        return "Everybody who is left is asked already."
    return ""


def _write_raises(comparisons: Sequence[Comparison], raises: Mapping[int, int]) -> None:
    taken = _taken_slots([c.pk for c in comparisons if c.settled_at is not None])
    for comparison in comparisons:
        if comparison.settled_at is None:
            comparison.overlap += raises[comparison.pk]
        else:
            comparison.overlap = _overlap_with(taken[comparison.pk], raises[comparison.pk])
        comparison.settled_at = None
    Comparison.objects.bulk_update(comparisons, ["overlap", "settled_at"])


def _taken_slots(comparison_ids: Collection[int]) -> dict[int, set[int]]:
    taken: dict[int, set[int]] = defaultdict(set)
    for pk, slot in Assignment.objects.filter(
        comparison__in=comparison_ids,
        slot__isnull=False,
        state__in=[Assignment.State.LEASED, Assignment.State.SUBMITTED],
    ).values_list("comparison_id", "slot"):
        taken[pk].add(slot or 0)
    return taken


def _overlap_with(taken: set[int], n_free: int) -> int:
    """Return the lowest overlap that covers these taken slots and leaves `n_free` free ones."""
    overlap = max(taken, default=0)
    return overlap + max(0, n_free - (overlap - len(taken)))


def _log(
    comparisons: Sequence[Comparison],
    raises: Mapping[int, int],
    row: SendBack,
    propensities: Mapping[int, float],
) -> None:
    SendBack.objects.bulk_create(
        SendBack(
            comparison=comparison,
            raised_by=raises[comparison.pk],
            propensity=propensities.get(comparison.pk),
            cause=row.cause,
            model=row.model,
            actor=row.actor,
        )
        for comparison in comparisons
    )


def _queue_again(
    comparisons: Sequence[Comparison], policy: str, propensities: Mapping[int, float]
) -> None:
    """Put the new slots into the disagreement lane; slots that still wait stay in theirs."""
    open_slots(
        {comparison.pk: propensities.get(comparison.pk) for comparison in comparisons},
        lane=Lane.DISAGREEMENT,
        policy=policy,
    )


def _policy(model: str, propensities: Mapping[int, float] | None) -> str:
    if propensities is None:
        return HAND_PICKED
    return f"disagreement:{model}"[:60] if model else "disagreement"
