"""Which settled answers a lead should look at, and which reviews wait for an answer."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import Http404

from annotation.answers.context import rubric_words
from annotation.answers.remark_words import RemarkWords, remarks_in_words
from annotation.answers.remarks import to_shown
from annotation.models import (
    Campaign,
    Candidate,
    Judgment,
    QueueEntry,
    Review,
    RuleAlert,
    User,
)
from annotation.quality.selectors.comparison_answers import lead_picture
from annotation.quality.selectors.judgment_rows import LETTERS, verdict_words

#: name -> words. Looked at in this order.
RULES = {"watched": "Under watch", "new": "First answers", "random": "At random"}
#: All answers of a new person up to this number are drawn.
FIRST_ANSWERS = 50
#: Percent of the other answers, drawn by hash.
RANDOM_PERCENT = 5


@dataclass(frozen=True)
class Drawn:
    """An answer that should be reviewed, and the rule that drew it."""

    judgment_id: int
    rule: str


@dataclass(frozen=True)
class AnswerToReview:
    """One answer as its annotator saw it. scores: each dimension's name with those of the edits."""

    judgment: Judgment
    pictures: dict[str, Any]
    verdict: str
    scores: list[tuple[str, list[int]]]
    remarks: RemarkWords | None


def to_review(campaign: Campaign, reviewer: User) -> list[Drawn]:
    """Return the answers to review: of people under watch, then first ones, then random ones.

    Only settled answers are drawn: votes in force on comparisons that nobody gets any more. The
    reviewer's own answers, and those reviewed already, are left out. Two queries.
    """
    alerts = RuleAlert.objects.filter(campaign=campaign, handled_at__isnull=True)
    watched = set(alerts.values_list("user", flat=True))
    rows = _settled(campaign).exclude(annotator=reviewer)
    numbered = rows.annotate(
        nth=Window(RowNumber(), partition_by=F("annotator"), order_by=F("pk").asc())
    )
    drawn: list[Drawn] = []
    for pk, annotator, public_id, nth, reviewed in numbered.values_list(
        "pk", "annotator", "public_id", "nth", "review"
    ):
        rule = "watched" if annotator in watched else "new" if nth <= FIRST_ANSWERS else "random"
        if reviewed is None and (rule != "random" or _is_drawn(str(public_id))):
            drawn.append(Drawn(pk, rule))
    order = list(RULES)
    return sorted(drawn, key=lambda one: (order.index(one.rule), one.judgment_id))


def answer_to_review(campaign: Campaign, judgment_id: int) -> AnswerToReview:
    """Return an answer with its pictures. Raises Http404 for one of another campaign."""
    row = (
        Judgment.objects.filter(campaign=campaign, pk=judgment_id)
        .select_related("annotator", "assignment", "comparison__item__source")
        .first()
    )
    if row is None:
        raise Http404("No such judgment.")
    order = row.assignment.shown_order
    rubric = rubric_words(row.rubric_id)
    ranks, scores = row.ranks or [], row.scores or []
    remarks = to_shown(row.remarks, order) if row.remarks else {}
    edits = [f"Edit {letter}" for letter in LETTERS]
    return AnswerToReview(
        judgment=row,
        pictures=_pictures(campaign, row),
        verdict=verdict_words([ranks[canonical] for canonical in order], row.tie_kind),
        scores=[
            (each["name"], [scores[canonical][at] for canonical in order])
            for at, each in enumerate(rubric["dimensions"])
        ],
        remarks=remarks_in_words(remarks, rubric, edits),
    )


def _pictures(campaign: Campaign, row: Judgment) -> dict[str, Any]:
    """Return what the viewer shows, in the order that the annotator saw."""
    item = row.comparison.item
    found = Candidate.objects.select_related("image").in_bulk(row.comparison.candidate_ids)
    ids = [row.comparison.candidate_ids[canonical] for canonical in row.assignment.shown_order]
    return {
        "id": str(row.public_id),
        "source": lead_picture(campaign, "lead-item-image", item.public_id, item.source),
        "candidates": [
            lead_picture(campaign, "lead-candidate-image", found[pk].public_id, found[pk].image)
            | {"shift": [0.0, 0.0]}
            for pk in ids
        ],
        "region": None,
        "sensitive": "",
    }


def review_in(campaign: Campaign, public_id: UUID) -> Review:
    """Return a review of a campaign that was fetched for its lead or its annotator."""
    found = (
        Review.objects.filter(campaign=campaign, public_id=public_id)
        .select_related("judgment")
        .first()
    )
    if found is None:
        raise Http404("No such review.")
    return found


def replies_to_answer(campaign: Campaign) -> QuerySet[Review]:
    """Return the reviews whose annotator replied and waits for an answer, oldest first."""
    waiting = Review.objects.filter(
        campaign=campaign, replied_at__isnull=False, answered_at__isnull=True
    )
    return waiting.select_related("judgment__annotator", "judgment__comparison").order_by(
        "replied_at"
    )


def _settled(campaign: Campaign) -> QuerySet[Judgment]:
    free = QueueEntry.objects.filter(comparison=OuterRef("comparison"), slot__isnull=False)
    return (
        Judgment.objects.in_force()
        .counting()
        .filter(
            ~Exists(free),
            campaign=campaign,
            ranks__isnull=False,
            comparison__withdrawn_at__isnull=True,
        )
    )


def _is_drawn(public_id: str) -> bool:
    draw = int(hashlib.sha256(f"review:{public_id}".encode()).hexdigest()[:13], 16) / 2**52
    return draw * 100 < RANDOM_PERCENT
