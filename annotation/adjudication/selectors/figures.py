"""Figures of adjudication: how much is decided, how fast, and who agrees with whom."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from django.db.models import Max

from annotation.adjudication.selectors.reasons import KINDS
from annotation.models import (
    COUNTING_LANES,
    SECOND_READING,
    Campaign,
    Decision,
    Judgment,
    ModelSignal,
)
from annotation.quality.selectors.estimates import Estimate, share_of
from annotation.stats.labels import majority, outcomes_from_ranks

SECONDS_PER_HOUR = 3600
NONE_DECIDED = "Nothing is decided yet."
NONE_READ_TWICE = "Nothing was read twice yet."


@dataclass(frozen=True)
class PersonLine:
    """How often the vote of a person was the decided verdict, over the decided comparisons."""

    username: str
    same: Estimate


@dataclass(frozen=True)
class Figures:
    """Of first decisions, unless stated. hours: median, from the last vote to the decision.

    by_cause, by_reason, by_category: words and number, the most frequent first.
    """

    n_decided: int
    resolved: Estimate
    kept: Estimate
    hours: float | None
    second_readings: Estimate
    with_majority: Estimate
    with_model: Estimate
    by_cause: list[tuple[str, int]]
    by_reason: list[tuple[str, int]]
    by_category: list[tuple[str, int]]
    people: list[PersonLine]
    last: list[Decision]


def figures_of(campaign: Campaign, *, last: int = 20) -> Figures:
    """Return the figures of a campaign. Five queries."""
    decisions = list(
        Decision.objects.filter(campaign=campaign)
        .select_related("first", "final__assignment", "comparison__item", "user")
        .order_by("-created_at", "-pk")
    )
    firsts = [row for row in decisions if row.final.assignment.policy != SECOND_READING]
    resolved = [row for row in firsts if row.is_resolved]
    votes = _votes([row.comparison_id for row in firsts])
    return Figures(
        n_decided=len(firsts),
        resolved=share_of(len(resolved), len(firsts), NONE_DECIDED),
        kept=share_of(sum(row.is_kept for row in firsts), len(firsts), NONE_DECIDED),
        hours=_hours(firsts),
        second_readings=_same_of_two(decisions),
        with_majority=_with_majority(resolved, votes),
        with_model=_with_model(resolved),
        by_cause=Counter(str(row.get_cause_display()) for row in firsts).most_common(),
        by_reason=Counter(
            KINDS.get(kind, kind) for row in firsts for kind in row.contested_by
        ).most_common(),
        by_category=Counter(row.comparison.item.category for row in firsts).most_common(),
        people=_people(resolved, votes),
        last=decisions[:last],
    )


Votes = dict[int, list[tuple[str, list[int]]]]


def _votes(comparison_ids: Sequence[int]) -> Votes:
    """Return the votes by comparison: user name and ranks."""
    rows = (
        Judgment.objects.in_force()
        .counting()
        .filter(comparison__in=comparison_ids, ranks__isnull=False)
    )
    found: Votes = {}
    for pk, username, ranks in rows.values_list("comparison", "annotator__username", "ranks"):
        found.setdefault(pk, []).append((username, list(ranks or [])))
    return found


def _hours(firsts: Sequence[Decision]) -> float | None:
    """Return the median hours from the last vote to the decision; None without a vote."""
    voted = (
        Judgment.objects.filter(
            comparison__in=[row.comparison_id for row in firsts], lane__in=COUNTING_LANES
        )
        .values_list("comparison")
        .annotate(at=Max("created_at"))
        .order_by()
    )
    last_vote = dict(voted)
    waits = [
        (row.created_at - last_vote[row.comparison_id]).total_seconds() / SECONDS_PER_HOUR
        for row in firsts
        if row.comparison_id in last_vote
    ]
    return median(waits) if waits else None


def _same_of_two(decisions: Sequence[Decision]) -> Estimate:
    """Return how often two readers gave the same verdict before either saw any vote."""
    first = {
        row.comparison_id: row for row in decisions if row.final.assignment.policy != SECOND_READING
    }
    pairs = [
        (first[row.comparison_id].first.ranks, row.first.ranks)
        for row in decisions
        if row.final.assignment.policy == SECOND_READING and row.comparison_id in first
    ]
    return share_of(sum(one == other for one, other in pairs), len(pairs), NONE_READ_TWICE)


def _with_majority(resolved: Sequence[Decision], votes: Votes) -> Estimate:
    """Return on how many pairs that had a majority the decision was that majority."""
    same = n = 0
    for row in resolved:
        if row.comparison_id not in votes:
            continue
        decided = outcomes_from_ranks(row.final.ranks or []).tolist()
        voted = majority([ranks for _, ranks in votes[row.comparison_id]])
        pairs = [(a, b) for a, b in zip(decided, voted, strict=True) if b is not None]
        n += len(pairs)
        same += sum(a == b for a, b in pairs)
    return share_of(same, n, "No decided pair had a majority.")


def _with_model(resolved: Sequence[Decision]) -> Estimate:
    """Return how often the model's best edit is the only best one of the decision."""
    signals = ModelSignal.objects.filter(
        comparison__in=[row.comparison_id for row in resolved], kind=ModelSignal.Kind.SURPRISE
    ).exclude(rewards=[])
    rewards = dict(signals.values_list("comparison", "rewards"))
    same = n = 0
    for row in resolved:
        ranks = row.final.ranks or []
        if row.comparison_id not in rewards or ranks.count(1) != 1:
            continue
        n += 1
        values = rewards[row.comparison_id]
        same += values.index(max(values)) == ranks.index(1)
    return share_of(same, n, "No model has scored what was decided.")


def _people(resolved: Sequence[Decision], votes: Votes) -> list[PersonLine]:
    """Return the people who voted on what was decided, those most often overruled first."""
    same: Counter[str] = Counter()
    n: Counter[str] = Counter()
    for row in resolved:
        for username, ranks in votes.get(row.comparison_id, []):
            n[username] += 1
            same[username] += ranks == row.final.ranks
    lines = [PersonLine(name, share_of(same[name], n[name], "")) for name in n]
    return sorted(lines, key=lambda line: (line.same.value or 0.0, line.username))
