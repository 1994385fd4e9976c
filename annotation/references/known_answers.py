"""Comparisons whose answer is known from people, and could be gold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import cast

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from annotation.models import (
    Assignment,
    Campaign,
    Comparison,
    Judgment,
    Lane,
    QueueEntry,
    ReferenceAnswer,
    Rubric,
)
from annotation.queue.selectors.queue import people_left
from annotation.references.selectors import Example, as_examples
from annotation.rubrics.selectors import published_rubric

Use = ReferenceAnswer.Use
#: So many are listed, and taken, at a time.
MOST = 50
#: (fewest, most) judgments that a lead may ask for.
LEAST = (2, 50)


@dataclass(frozen=True)
class KnownAnswer:
    """An answer that is known. reference: as it would be stored, not stored yet.

    n: judgments that agree, 0 for an adjudicated answer. n_left: people whom it can be served to.
    """

    reference: ReferenceAnswer
    example: Example
    n: int
    n_left: int


@dataclass(frozen=True)
class KnownAnswers:
    """The known answers of a campaign, at most MOST; n_all counts those left out too."""

    lines: list[KnownAnswer]
    n_all: int


def known_answers(
    campaign: Campaign, *, least: int, among: Collection[int] | None = None
) -> KnownAnswers:
    """Return what could be gold: adjudicated answers first, then those most people agree on.

    A comparison fits that wants no further judgment and either has an adjudicated answer, or the
    same verdict in at least `least` judgments in force, all under the newest rubric. Its scores are
    the adjudicator's, or the lower medians. Left out are held-out sources, comparisons that are
    held, withdrawn or being judged, and those with a reference answer. among: only these.
    """
    rubric = published_rubric(campaign)
    if rubric is None:
        return KnownAnswers([], 0)
    fit = _fit(campaign, among)
    decided, agreed = _adjudicated(fit, rubric), _unanimous(fit, rubric, least)
    n_all = decided.values("comparison").distinct().count() + agreed.count()
    by_adjudicator = {row.comparison_id: row for row in decided.order_by("-pk")[:MOST]}
    agreeing = dict(agreed[: MOST - len(by_adjudicator)])
    votes: dict[int, list[Judgment]] = {}
    for vote in _votes().filter(comparison__in=agreeing).order_by("pk"):
        votes.setdefault(vote.comparison_id, []).append(vote)
    answers = {pk: [row] for pk, row in by_adjudicator.items()} | {pk: votes[pk] for pk in agreeing}
    return KnownAnswers(_lines(campaign, rubric, answers, agreeing), n_all)


def _fit(campaign: Campaign, among: Collection[int] | None) -> QuerySet[Comparison]:
    """Return the comparisons that want no further judgment and may be a reference."""
    of = {"comparison": OuterRef("pk")}
    references = ReferenceAnswer.objects.filter(**of)
    taken = references.filter(Q(withdrawn_at__isnull=True) | ~Q(use=Use.GOLD))
    held_by_somebody = Assignment.objects.filter(**of, state=Assignment.State.LEASED)
    free_slots = QueueEntry.objects.filter(**of).exclude(lane=Lane.REPEAT)
    fit = Comparison.objects.filter(
        campaign=campaign,
        withdrawn_at__isnull=True,
        held_at__isnull=True,
        item__withdrawn_at__isnull=True,
        item__held_out=False,
    ).exclude(Exists(taken) | Exists(held_by_somebody) | Exists(free_slots))
    return fit if among is None else fit.filter(pk__in=among)


def _adjudicated(fit: QuerySet[Comparison], rubric: Rubric) -> QuerySet[Judgment]:
    return Judgment.objects.in_force().deciding().filter(comparison__in=fit, rubric=rubric)


def _votes() -> QuerySet[Judgment]:
    return Judgment.objects.in_force().counting()


def _unanimous(
    fit: QuerySet[Comparison], rubric: Rubric, least: int
) -> QuerySet[Judgment, tuple[int, int]]:
    """Return (comparison, number of votes) where all votes have one verdict, most votes first."""
    adjudicated = Judgment.objects.in_force().filter(
        comparison=OuterRef("comparison"), lane=Lane.ADJUDICATION, ranks__isnull=False
    )
    rows = (
        _votes()
        .filter(~Exists(adjudicated), comparison__in=fit)
        .values("comparison")
        .annotate(
            n=Count("pk"),
            n_verdicts=Count("ranks", distinct=True),
            n_ties=Count(Coalesce("tie_kind", Value("")), distinct=True),
            n_other=Count("pk", filter=Q(ranks__isnull=True) | ~Q(rubric=rubric)),
        )
        .filter(n__gte=least, n_verdicts=1, n_ties=1, n_other=0)
        .order_by("-n", "comparison")
    )
    return cast("QuerySet[Judgment, tuple[int, int]]", rows.values_list("comparison", "n"))


def _lines(
    campaign: Campaign,
    rubric: Rubric,
    answers: dict[int, list[Judgment]],
    agreeing: Collection[int],
) -> list[KnownAnswer]:
    found = Comparison.objects.select_related("item__source", "campaign").in_bulk(list(answers))
    rows = [
        _reference(found[pk], rubric, given, n=len(given) if pk in agreeing else 0)
        for pk, given in answers.items()
    ]
    left = people_left(list(answers)) if answers else {}
    return [
        KnownAnswer(
            row,
            example,
            n=len(answers[row.comparison_id]) if row.comparison_id in agreeing else 0,
            n_left=left[row.comparison_id],
        )
        for row, example in zip(rows, as_examples(campaign, rows), strict=True)
    ]


def _reference(
    comparison: Comparison, rubric: Rubric, given: Sequence[Judgment], *, n: int
) -> ReferenceAnswer:
    first = given[0]
    per_candidate = zip(*(vote.scores for vote in given if vote.scores), strict=True)
    return ReferenceAnswer(
        campaign=comparison.campaign,
        comparison=comparison,
        rubric=rubric,
        use=Use.GOLD,
        scores=[
            [median_low(values) for values in zip(*rows, strict=True)] for rows in per_candidate
        ],
        ranks=cast("list[int]", first.ranks),
        tie_kind=first.tie_kind,
        explanation=f"{n} people gave this verdict, and nobody another."
        if n
        else "An adjudicator gave this answer.",
    )
