"""When a comparison has enough judgments: ask one more person, or nobody else."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import timedelta

import numpy as np
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from annotation.common.failures import for_each_row
from annotation.models import (
    Campaign,
    Comparison,
    Judgment,
    Lane,
    QueueEntry,
    ReferenceAnswer,
    SendBack,
    WorkFailure,
)
from annotation.queue.selectors.queue import people_left
from annotation.queue.services.queue import open_slots, reopen_slots
from annotation.queue.services.slots import lock_comparisons, settle_slots
from annotation.stats.labels import majority, outcomes_from_ranks

NO_MAJORITY = "No majority on every pair yet."
ONE_MORE = "one_more"
RECENT = timedelta(minutes=30)


def wanted_overlap(campaign: Campaign, candidate_ids: Sequence[int]) -> int:
    """Return how many judgments a new comparison wants: the full overlap, or one.

    The campaign's share of comparisons gets the full overlap. Which ones is drawn by a hash of the
    campaign's seed, so that a repeated build gives the same result.
    """
    text = f"{campaign.seed}:overlap:{','.join(map(str, candidate_ids))}"
    draw = int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) / 2**52
    return campaign.overlap if draw * 100 < campaign.overlap_share else 1


@transaction.atomic
def settle(*, comparison_id: int) -> None:
    """Apply the campaign's overlap rules to a comparison after an answer. Safe to run again.

    Stop early: when no answer to the remaining slots could change the majority of any pair. A
    revised answer may undo that; then the slots are opened again. One more: when all slots are
    answered, some pair has no majority, the cap is not reached and somebody can still be asked.
    """
    [comparison] = lock_comparisons([comparison_id])
    campaign = comparison.campaign
    if not campaign.is_adaptive or comparison.withdrawn_at or comparison.held_at:
        return
    # A gold from known answers has votes, and wants no more of them.
    if ReferenceAnswer.objects.filter(comparison=comparison, withdrawn_at__isnull=True).exists():
        return
    in_force = Judgment.objects.in_force().filter(comparison=comparison, ranks__isnull=False)
    stored = in_force.counting().values_list("ranks", flat=True)
    ranks = [row for row in stored if row is not None]
    if not ranks or in_force.filter(lane=Lane.ADJUDICATION).exists():
        return
    if len(ranks) < comparison.overlap:
        _stop_or_go_on(comparison, ranks)
    elif comparison.overlap < campaign.overlap_cap and None in majority(ranks):
        _ask_one_more(comparison)


def _stop_or_go_on(comparison: Comparison, ranks: Sequence[Sequence[int]]) -> None:
    is_decided = _is_decided(ranks, comparison.overlap)
    if comparison.settled_at is None and is_decided and comparison.campaign.stop_early:
        settle_slots(comparison)
    elif comparison.settled_at is not None and not is_decided:
        Comparison.objects.filter(pk=comparison.pk).update(settled_at=None)
        reopen_slots(comparison)


def ask_again(comparisons: Collection[Comparison]) -> None:
    """Open the slots of locked, settled comparisons whose answers in force settle them no more."""
    for comparison in comparisons:
        if comparison.settled_at is None:
            continue
        in_force = Judgment.objects.in_force().filter(comparison=comparison, ranks__isnull=False)
        if in_force.filter(lane=Lane.ADJUDICATION).exists():
            continue
        stored = in_force.counting().values_list("ranks", flat=True)
        ranks = [row for row in stored if row is not None]
        stops = comparison.campaign.stop_early and ranks
        if not (stops and _is_decided(ranks, comparison.overlap)):
            Comparison.objects.filter(pk=comparison.pk).update(settled_at=None)
            reopen_slots(comparison)


def settle_recent() -> int:
    """Settle recently answered comparisons whose process died before settling; return how many."""
    adaptive = Campaign.objects.filter(Q(stop_early=True) | Q(overlap_cap__gt=F("overlap")))
    recent = Judgment.objects.filter(campaign__in=adaptive, created_at__gt=Now() - RECENT)
    answered = Comparison.objects.filter(pk__in=recent.order_by().values("comparison"))
    return for_each_row(
        answered.order_by("pk").only("pk", "public_id", "campaign_id"),
        lambda comparison: settle(comparison_id=comparison.pk),
        kind=WorkFailure.Work.OVERLAP,
    ).n_done


def _is_decided(ranks: Sequence[Sequence[int]], overlap: int) -> bool:
    """Whether on every pair one outcome has more than half of all the judgments wanted."""
    votes = outcomes_from_ranks(np.array(ranks))
    most = np.max([(votes == outcome).sum(axis=0) for outcome in (1, 0, -1)], axis=0)
    return bool((2 * most > overlap).all())


def _ask_one_more(comparison: Comparison) -> None:
    if QueueEntry.objects.filter(comparison=comparison, slot__isnull=False).exists():
        return
    if people_left([comparison.pk])[comparison.pk] == 0:
        return
    Comparison.objects.filter(pk=comparison.pk).update(overlap=F("overlap") + 1)
    # Every comparison without a majority gets one more judgment, so its probability is one.
    SendBack.objects.create(comparison=comparison, raised_by=1, cause=NO_MAJORITY, propensity=1.0)
    open_slots({comparison.pk: 1.0}, lane=None, policy=ONE_MORE)
