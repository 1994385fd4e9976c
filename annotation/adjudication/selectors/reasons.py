"""Why comparisons are contested: each reason with a sentence, for a whole campaign at once."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Count, Q

from annotation.models import (
    Assignment,
    Campaign,
    Comparison,
    Judgment,
    Lane,
    ModelSignal,
    QueueEntry,
    ReferenceAnswer,
    RuleAlert,
)
from annotation.quality.selectors.outcomes import Answers, answers
from annotation.stats.labels import majority, n_conflicts

#: name -> words. Names are stored on decisions.
KINDS = {
    "no_majority": "No majority",
    "adjudicators": "Adjudicators differ",
    "gold": "Against the gold",
    "model": "Against the model",
    "cannot_judge": "Could not be judged",
    "scores": "Scores against verdict",
    "flagged": "Flagged",
    "person": "Doubtful person",
    "held": "Held",
}
#: A comparison's priority is the sum over its reasons. Labels that are missing or wrong come first.
WEIGHTS = {
    "no_majority": 4.0,
    "adjudicators": 4.0,
    "gold": 4.0,
    "model": 2.0,
    "cannot_judge": 2.0,
    "scores": 2.0,
    "flagged": 2.0,
    "person": 1.0,
    "held": 1.0,
}
#: Nats; a coin gives ln 2 = 0.69. From here on the model gives the votes a chance below 37 %.
SURPRISED = 1.0
#: So few answers to a gold say nothing about it.
LEAST_GOLD_ANSWERS = 3
PAIR = 2


@dataclass(frozen=True)
class Reason:
    """One reason: its kind, one of KINDS, and a sentence that names neither people nor edits."""

    kind: str
    words: str


Found = Iterator[tuple[int, Reason]]


def reasons_of(
    campaign: Campaign, comparisons: Mapping[int, Comparison]
) -> dict[int, list[Reason]]:
    """Return the reasons by comparison id; comparisons without one are left out. Ten queries."""
    found: dict[int, list[Reason]] = defaultdict(list)
    votes = _votes_by_comparison(answers(campaign))
    complete = comparisons.keys() - _unfinished(campaign)
    for source in (
        _by_votes({pk: votes[pk] for pk in complete & votes.keys()}),
        _by_people(campaign, {pk: votes[pk] for pk in complete & votes.keys()}),
        _by_adjudicators(campaign),
        _by_gold(campaign),
        _by_model(campaign),
        _by_remarks(campaign),
        _by_hold(comparisons),
    ):
        for pk, reason in source:
            if pk in comparisons:
                found[pk].append(reason)
    order = list(KINDS)
    return {pk: sorted(rows, key=lambda row: order.index(row.kind)) for pk, rows in found.items()}


@dataclass(frozen=True)
class _Votes:
    """The votes on one comparison. ranks: (n, k); scores: (n, k, d); people: (n,) user ids."""

    ranks: list[list[int]]
    people: list[int]
    mean_scores: list[list[float]]


def _votes_by_comparison(data: Answers) -> dict[int, _Votes]:
    order = data.comparison.argsort(kind="stable")
    ids = data.comparison[order]
    starts = [0, *((ids[1:] != ids[:-1]).nonzero()[0] + 1).tolist(), len(ids)]
    found = {}
    for start, end in pairwise(starts):
        rows = order[start:end]
        if start == end:
            continue
        k = int(data.k[rows[0]])
        found[int(ids[start])] = _Votes(
            ranks=data.ranks[rows, :k].tolist(),
            people=data.annotator[rows].tolist(),
            mean_scores=data.scores[rows, :k].mean(axis=0).tolist(),
        )
    return found


def _unfinished(campaign: Campaign) -> set[int]:
    """Return the comparisons that annotators still get, or have."""
    free = QueueEntry.objects.filter(campaign=campaign, slot__isnull=False)
    leased = Assignment.objects.filter(
        campaign=campaign, state=Assignment.State.LEASED, slot__isnull=False
    )
    open_ones = free.order_by().values_list("comparison").union(leased.values_list("comparison"))
    return {pk for (pk,) in open_ones}


def _by_votes(votes: Mapping[int, _Votes]) -> Found:
    for pk, row in votes.items():
        n = len(row.ranks)
        outcomes = majority(row.ranks)
        open_pairs = outcomes.count(None)
        if open_pairs:
            where = "" if len(outcomes) == 1 else f" on {open_pairs} of {len(outcomes)} pairs"
            yield pk, Reason("no_majority", f"No majority{where} after {n} judgments.")
        known = [[score for score in scores if not math.isnan(score)] for scores in row.mean_scores]
        if len({len(scores) for scores in known}) == 1 and n_conflicts(outcomes, known):
            yield pk, Reason("scores", "The mean scores and the majority name different winners.")


def _by_people(campaign: Campaign, votes: Mapping[int, _Votes]) -> Found:
    """Yield comparisons whose majority rests on people with an open alert."""
    open_alerts = RuleAlert.objects.filter(campaign=campaign, handled_at__isnull=True)
    doubtful = set(open_alerts.values_list("user", flat=True))
    for pk, row in votes.items():
        if not doubtful.intersection(row.people):
            continue
        sure = [
            ranks
            for ranks, person in zip(row.ranks, row.people, strict=True)
            if person not in doubtful
        ]
        if not sure or majority(sure) != majority(row.ranks):
            words = "Without the answers of people with an open alert the label would be another."
            yield pk, Reason("person", words)


def _by_adjudicators(campaign: Campaign) -> Found:
    rows = (
        Judgment.objects.in_force()
        .filter(campaign=campaign, lane=Lane.ADJUDICATION, ranks__isnull=False)
        .values_list("comparison")
        .annotate(n=Count("annotator", distinct=True), n_ranks=Count("ranks", distinct=True))
        .filter(n=PAIR, n_ranks__gt=1)
        .order_by()
    )
    for pk, *_ in rows:
        yield pk, Reason("adjudicators", "Two adjudicators gave different answers.")


def _by_gold(campaign: Campaign) -> Found:
    golds = ReferenceAnswer.objects.filter(
        campaign=campaign, use=ReferenceAnswer.Use.GOLD, withdrawn_at__isnull=True
    )
    expected = dict(golds.values_list("comparison", "ranks"))
    given: dict[int, list[bool]] = defaultdict(list)
    rows = Judgment.objects.in_force().filter(
        comparison__in=expected, lane=Lane.GOLD, ranks__isnull=False
    )
    for pk, ranks in rows.values_list("comparison", "ranks"):
        given[pk].append(ranks == expected[pk])
    for pk, right in given.items():
        n_wrong = right.count(False)
        if len(right) >= LEAST_GOLD_ANSWERS and 2 * n_wrong > len(right):
            words = f"{n_wrong} of {len(right)} people answered otherwise than the gold expects."
            yield pk, Reason("gold", words)


def _by_model(campaign: Campaign) -> Found:
    signals = ModelSignal.objects.filter(
        comparison__campaign=campaign, kind=ModelSignal.Kind.SURPRISE, value__gte=SURPRISED
    )
    for pk, value in signals.values_list("comparison", "value"):
        words = (
            "A model that never saw this source expects other answers: "
            f"surprise {value:.2f}, a coin has 0.69."
        )
        yield pk, Reason("model", words)


def _by_remarks(campaign: Campaign) -> Found:
    in_force = Judgment.objects.in_force().filter(campaign=campaign)
    counts = in_force.values_list("comparison").annotate(
        n_flags=Count("pk", filter=Q(remarks__flagged=True)),
        n_unable=Count("pk", filter=~Q(cannot_judge="")),
    )
    for pk, n_flags, n_unable in counts.filter(Q(n_flags__gt=0) | Q(n_unable__gt=0)).order_by():
        if n_unable:
            yield pk, Reason("cannot_judge", f"{_people(n_unable)} could not judge it.")
        if n_flags:
            yield pk, Reason("flagged", f"{_people(n_flags)} flagged it.")


def _by_hold(comparisons: Mapping[int, Comparison]) -> Found:
    for pk, comparison in comparisons.items():
        if comparison.held_at is not None:
            yield pk, Reason("held", comparison.held_reason or "It waits for a lead.")


def _people(n: int) -> str:
    return "One person" if n == 1 else f"{n} people"


def priority_of(reasons: Collection[Reason]) -> float:
    """Return the sum of the reasons' weights; larger is looked at first."""
    return sum(WEIGHTS[reason.kind] for reason in reasons)
