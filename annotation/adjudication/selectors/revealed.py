"""What an adjudicator sees after the own answer: votes without names, and the model's word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from annotation.answers.context import rubric_words
from annotation.answers.remark_words import RemarkWords, remarks_in_words
from annotation.answers.remarks import to_shown
from annotation.models import (
    Assignment,
    Campaign,
    Decision,
    Judgment,
    Lane,
    ModelSignal,
    ReferenceAnswer,
    User,
)
from annotation.quality.selectors.judgment_rows import LETTERS, verdict_words
from annotation.rubrics.selectors import published_rubric

State = Assignment.State


@dataclass(frozen=True)
class ShownAnswer:
    """An answer in the letters of the adjudicator's screen. who: a number, never a name.

    scores: each dimension's name with the scores of the edits; boxes: marks per edit, as fractions
    of its picture (left, top, width, height).
    """

    who: str
    verdict: str
    scores: list[tuple[str, list[int]]]
    note: str
    cannot_judge: str
    remarks: RemarkWords | None
    boxes: list[tuple[int, list[float]]]
    is_same: bool


@dataclass(frozen=True)
class Revealed:
    """What is shown beside the adjudicator's first answer. newer_rubric: a later version, or None.

    model: the verdict that the model's rewards give, "" where there is none; surprise: in nats.
    """

    first: Judgment
    own: ShownAnswer
    others: list[ShownAnswer]
    expected: str
    model: str
    surprise: float | None
    newer_rubric: int | None


def undecided_of(campaign: Campaign, user: User) -> Assignment | None:
    """Return the person's oldest adjudication whose answer still waits for its decision."""
    rows = Assignment.objects.filter(
        campaign=campaign,
        annotator=user,
        lane=Lane.ADJUDICATION,
        state=State.SUBMITTED,
        judgments__ranks__isnull=False,
        judgments__superseded_by__isnull=True,
        judgments__set_aside__isnull=True,
        judgments__decision__isnull=True,
        judgments__settles__isnull=True,
    )
    return rows.select_related("campaign", "comparison__item", "rubric").order_by("pk").first()


def decisions_of(campaign: Campaign, user: User, *, at_most: int) -> QuerySet[Decision]:
    """Return the person's last decisions, newest first."""
    rows = Decision.objects.filter(campaign=campaign, user=user).select_related("comparison__item")
    return rows.order_by("-created_at", "-pk")[:at_most]


def revealed(assignment: Assignment, first: Judgment) -> Revealed:
    """Return what an adjudicator sees after the first answer. Six queries at most."""
    comparison, order = assignment.comparison, assignment.shown_order
    rows = (
        Judgment.objects.in_force()
        .filter(comparison=comparison)
        .exclude(pk=first.pk)
        .exclude(lane__in=[Lane.REPEAT, Lane.TRAINING])
        .select_related("assignment")
        .order_by("pk")
    )
    others: list[ShownAnswer] = []
    for row in rows:
        kind = {Lane.ADJUDICATION: gettext("Adjudicator"), Lane.GOLD: gettext("As gold")}
        words = kind.get(Lane(row.lane), gettext("Person"))
        others.append(_shown(row, order, f"{words} {len(others) + 1}", first.ranks))
    reference = ReferenceAnswer.objects.filter(
        comparison=comparison, withdrawn_at__isnull=True
    ).first()
    signal = ModelSignal.objects.filter(
        comparison=comparison, kind=ModelSignal.Kind.SURPRISE
    ).first()
    newest = published_rubric(assignment.campaign)
    is_newer = newest is not None and newest.version > assignment.rubric.version
    return Revealed(
        first=first,
        own=_shown(first, order, gettext("You"), first.ranks),
        others=others,
        expected=_verdict(reference.ranks, reference.tie_kind, order) if reference else "",
        model=_verdict(_ranks_of(signal.rewards), None, order) if signal else "",
        surprise=signal.value if signal else None,
        newer_rubric=newest.version if newest and is_newer else None,
    )


def count_votes(others: Sequence[ShownAnswer]) -> Mapping[str, int]:
    """Return how many answers each verdict has, the most frequent first."""
    counts: dict[str, int] = {}
    for answer in others:
        if answer.verdict:
            counts[answer.verdict] = counts.get(answer.verdict, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _shown(row: Judgment, order: Sequence[int], who: str, own: Sequence[int] | None) -> ShownAnswer:
    rubric = rubric_words(row.rubric_id)
    edits = [gettext("Edit %(letter)s") % {"letter": letter} for letter in LETTERS[: len(order)]]
    remarks: dict[str, Any] = to_shown(row.remarks, order) if row.remarks else {}
    scores = row.scores
    return ShownAnswer(
        who=who,
        verdict=_verdict(row.ranks, row.tie_kind, order) if row.ranks else "",
        scores=[
            (each["name"], [scores[canonical][at] for canonical in order])
            for at, each in enumerate(rubric["dimensions"])
        ]
        if scores
        else [],
        note=row.note,
        cannot_judge=row.cannot_judge,
        remarks=remarks_in_words(remarks, rubric, edits),
        boxes=[(box["candidate"], box["box"]) for box in remarks.get("defects", [])],
        is_same=row.ranks == own,
    )


def _verdict(ranks: Sequence[int] | None, tie_kind: str | None, order: Sequence[int]) -> str:
    return verdict_words([ranks[canonical] for canonical in order], tie_kind) if ranks else ""


def _ranks_of(rewards: Sequence[float]) -> list[int] | None:
    if not rewards:
        return None
    best_first = sorted(set(rewards), reverse=True)
    return [best_first.index(reward) + 1 for reward in rewards]
