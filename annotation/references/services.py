"""Reference answers. Their comparisons form a separate pool and are in no counting lane."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, cast

from django.db import transaction
from django.db.models.functions import Now

from annotation.answers.context import scales_of
from annotation.answers.parsing import Answer, parse_answer
from annotation.common.events import record
from annotation.errors import DomainError, InvalidAnswer, InvalidSetting
from annotation.models import (
    Assignment,
    Campaign,
    Comparison,
    Judgment,
    Lane,
    QueueEntry,
    ReferenceAnswer,
    Rubric,
    User,
)
from annotation.queue.services.overlap import ask_again
from annotation.queue.services.queue import offer
from annotation.queue.services.slots import leave_queue, lock_comparisons, settle_slots
from annotation.references.known_answers import LEAST, MOST, known_answers
from annotation.references.selectors import LANES, with_reference

Use = ReferenceAnswer.Use
MAX_EXPLANATION = 2_000
POLICY = "reference"
CLOSED = "The campaign is closed; open it again to add reference answers."


@transaction.atomic
def create_reference(
    *, comparison: Comparison, use: str, answer: Mapping[str, Any], explanation: str, actor: User
) -> ReferenceAnswer:
    """Make an answer the reference of a comparison, which leaves the counting lanes.

    answer: "scores" and "verdict" in the form of a submitted answer, in canonical order, under the
    newest rubric.
    Raises InvalidAnswer and InvalidSetting naming what is wrong, and DomainError for a comparison
    that is held out, in use otherwise, judged already, or being judged; then nothing changed.
    """
    if use not in Use.values:
        raise InvalidSetting("use", f"A reference answer is used as {', '.join(Use.values)}.")
    [locked] = lock_comparisons([comparison.pk])
    rubric = Rubric.objects.filter(campaign=locked.campaign, published_at__isnull=False)
    newest = rubric.order_by("version").last()
    if newest is None:
        raise DomainError("Publish a rubric first: the answer is scored on it.")
    parsed = _answer(locked, newest, answer)
    reason = _explanation(explanation)
    # Delete queue rows first: a concurrent lease then either is visible below or found no row.
    leave_queue([locked.pk])
    _refuse_unfit(locked, use)
    settle_slots(locked)
    canonical = range(locked.k)
    reference = ReferenceAnswer.objects.create(
        campaign=locked.campaign,
        comparison=locked,
        rubric=newest,
        use=use,
        scores=cast("list[list[int]]", parsed.canonical_scores(canonical)),
        ranks=cast("list[int]", parsed.canonical_ranks(canonical)),
        tie_kind=parsed.tie_kind,
        explanation=reason,
        created_by=actor,
    )
    if use in LANES:
        lane = LANES[Use(use)]
        offer(campaign=locked.campaign, lane=lane, propensities={locked.pk: None}, policy=POLICY)
    record(locked.campaign, actor, "reference_created", **_detail(reference))
    return reference


@transaction.atomic
def create_golds(
    *, campaign: Campaign, comparisons: Collection[uuid.UUID], least: int, actor: User
) -> int:
    """Make the known answers of these comparisons gold; return how many. One event names all.

    Their judgments stay in the labels; people who have not judged them are served them as gold.
    Raises InvalidSetting for `least` outside of LEAST, and DomainError when nothing or more than
    MOST are chosen, when the campaign is closed, and when `known_answers` has not every one of
    them any more; then nothing changed.
    """
    if not LEAST[0] <= least <= LEAST[1]:
        raise InvalidSetting("least", f"Ask for {LEAST[0]} to {LEAST[1]} judgments.")
    chosen = set(comparisons)
    if not 1 <= len(chosen) <= MOST:
        raise DomainError(f"Choose 1 to {MOST} comparisons.")
    if Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.CLOSED).exists():
        raise DomainError(CLOSED)
    named = Comparison.objects.filter(campaign=campaign, public_id__in=chosen)
    ids = [one.pk for one in lock_comparisons(named.values_list("pk", flat=True))]
    found = known_answers(campaign, least=least, among=ids).lines
    leave_queue(ids)
    leased = Assignment.objects.filter(comparison__in=ids, state=Assignment.State.LEASED)
    if len(found) < len(chosen) or leased.exists():
        raise DomainError(
            f"{len(found)} of these {len(chosen)} comparisons still fit, so nothing was changed."
            " Look at the list again."
        )
    for line in found:
        line.reference.created_by = actor
        settle_slots(line.reference.comparison)
    ReferenceAnswer.objects.bulk_create(line.reference for line in found)
    offer(campaign=campaign, lane=Lane.GOLD, propensities=dict.fromkeys(ids), policy=POLICY)
    record(campaign, actor, "golds_created", n=len(found), least=least)
    return len(found)


@transaction.atomic
def withdraw_reference(*, reference: ReferenceAnswer, actor: User | None) -> bool:
    """Stop using a reference; return whether its comparison goes back to the counting lanes.

    It does when nobody can have seen the answer: it was not an example, and nobody was served it.
    Raises DomainError when it was withdrawn before.
    """
    [locked] = lock_comparisons([reference.comparison_id])
    fresh = ReferenceAnswer.objects.get(pk=reference.pk)
    if fresh.withdrawn_at is not None:
        raise DomainError("This reference answer was withdrawn before.")
    ReferenceAnswer.objects.filter(pk=fresh.pk).update(withdrawn_at=Now())
    lane = LANES.get(Use(fresh.use))
    QueueEntry.objects.filter(comparison=locked, lane=lane).delete()
    counts_again = locked.pk not in with_reference([locked.pk])
    if counts_again:
        ask_again([locked])
    record(locked.campaign, actor, "reference_withdrawn", **_detail(fresh))
    return counts_again


def _answer(comparison: Comparison, rubric: Rubric, answer: Mapping[str, Any]) -> Answer:
    if answer.keys() - {"scores", "verdict"}:
        raise InvalidAnswer("", "A reference answer has scores and a verdict.")
    data = {"client_id": str(uuid.uuid4()), **answer}
    return parse_answer(data, k=comparison.k, dimensions=scales_of(rubric.pk))


def _explanation(text: str) -> str:
    cleaned = text.strip()
    if not cleaned or len(cleaned) > MAX_EXPLANATION or "\0" in cleaned:
        raise InvalidSetting(
            "explanation", f"Explain the answer, in at most {MAX_EXPLANATION:,} characters."
        )
    return cleaned


def _refuse_unfit(comparison: Comparison, use: str) -> None:
    item = comparison.item
    if comparison.withdrawn_at is not None or item.withdrawn_at is not None:
        raise DomainError("This comparison was withdrawn.")
    if comparison.campaign.state == Campaign.State.CLOSED:
        raise DomainError(CLOSED)
    if item.held_out:
        raise DomainError("Models are compared on held-out sources: they take no reference answer.")
    earlier = ReferenceAnswer.objects.filter(comparison=comparison)
    if earlier.filter(withdrawn_at__isnull=True).exists():
        raise DomainError("This comparison has a reference answer; withdraw that one first.")
    if use == Use.GOLD and earlier.exclude(use=Use.GOLD).exists():
        raise DomainError("People may have seen its answer already: it cannot be gold.")
    if Assignment.objects.filter(comparison=comparison, state=Assignment.State.LEASED).exists():
        raise DomainError("Somebody is judging this comparison now; choose another one.")
    judged = Judgment.objects.in_force().filter(comparison=comparison)
    if judged.exclude(lane__in=LANES.values()).exists():
        raise DomainError("This comparison has judgments already; choose one that has none.")


def _detail(reference: ReferenceAnswer) -> dict[str, str]:
    return {"comparison": str(reference.comparison.public_id), "use": reference.use}
