"""A person's own answers, newest first, in shown order. No field reveals a generator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext, gettext_noop

from annotation.answers.context import rubric_words
from annotation.answers.remark_words import RemarkWords, remarks_in_words
from annotation.answers.remarks import to_shown
from annotation.common.served_sizes import ServedSizes
from annotation.models import RETURN_WINDOW, Campaign, Candidate, Judgment, Lane, Review, User
from annotation.quality.selectors.labels import judgment_state
from annotation.queue.selectors.standing import why_stopped
from annotation.queue.selectors.work import picture_of
from annotation.references.selectors import lesson_of, training_references

PAGE = 20
LETTERS = "ABCD"
PAIR = 2
STATES = {
    "counted": gettext_noop("counted"),
    "surplus": gettext_noop("surplus"),
    "superseded": gettext_noop("superseded"),
    "set_aside": gettext_noop("set aside"),
}
#: (kind, of a pair) -> words
TIES = {
    ("good", True): gettext_noop("Tie, both good"),
    ("bad", True): gettext_noop("Tie, both bad"),
    ("good", False): gettext_noop("Tie, all good"),
    ("bad", False): gettext_noop("Tie, all bad"),
}


@dataclass(frozen=True)
class OwnJudgment:
    """One answer, by screen position. scores: by dimension slug; revisable_until: None = never.

    remarks: see annotation/answers/remarks.py. state: counted, surplus, superseded or set_aside.
    revises: the answer that this one replaced.
    """

    public_id: UUID
    assignment: UUID
    instruction: str
    rubric: dict[str, Any]
    source: dict[str, Any]
    candidates: list[dict[str, Any]]
    scores: dict[str, list[int]] | None
    ranks: list[int] | None
    tie_kind: str | None
    cannot_judge: str
    note: str
    remarks: dict[str, Any]
    state: str
    created_at: datetime
    revises: UUID | None
    revisable_until: datetime | None
    # Of a training answer: the reference answer with its explanation.
    lesson: dict[str, Any] | None = None
    # What a lead found in it, and the person's reply.
    review: Review | None = None

    @property
    def state_name(self) -> str:
        """The state in words."""
        return gettext(STATES[self.state])

    @property
    def edits(self) -> list[tuple[str, dict[str, Any]]]:
        """Each edit's letter and picture."""
        return list(zip(LETTERS, self.candidates, strict=False))

    @property
    def verdict(self) -> str:
        """The verdict in one line: “A, then B and C”, or which tie; empty without one."""
        if not self.ranks:
            return ""
        if self.tie_kind:
            return gettext(TIES[self.tie_kind, len(self.ranks) == PAIR])
        lettered = list(zip(LETTERS, self.ranks, strict=False))
        groups = [
            gettext(" and ").join(letter for letter, each in lettered if each == rank)
            for rank in sorted(set(self.ranks))
        ]
        return gettext(", then ").join(groups)

    @property
    def remark_words(self) -> RemarkWords | None:
        """The remarks in words."""
        edits = [gettext("Edit %(letter)s") % {"letter": letter} for letter, _ in self.edits]
        return remarks_in_words(self.remarks, self.rubric, edits)

    @property
    def lines(self) -> list[tuple[str, list[int]]]:
        """Each dimension's name with its scores."""
        if self.scores is None:
            return []
        return [(each["name"], self.scores[each["slug"]]) for each in self.rubric["dimensions"]]


@dataclass(frozen=True)
class OwnPage:
    """One page of answers; older: the `before` of the next page, or None."""

    judgments: list[OwnJudgment]
    older: UUID | None


def own_judgments(
    campaign: Campaign, annotator: User, *, before: UUID | None = None, at_most: int = PAGE
) -> OwnPage:
    """Return a person's answers before one of them, newest first. Raises Http404 for another's."""
    rows = _rows(campaign, annotator)
    if before is not None:
        last = rows.filter(public_id=before).first()
        if last is None:
            raise Http404("No such judgment.")
        # The first condition uses the index; the second separates answers of equal time.
        rows = rows.filter(created_at__lte=last.created_at).filter(
            Q(created_at__lt=last.created_at) | Q(pk__lt=last.pk)
        )
    found = list(rows[: at_most + 1])
    page = found[:at_most]
    older = page[-1].public_id if len(found) > at_most else None
    return OwnPage(_own_judgments(campaign, annotator, page), older)


def own_judgment(campaign: Campaign, annotator: User, public_id: UUID) -> OwnJudgment:
    """Return one of a person's own answers. Raises Http404 for another's."""
    row = _rows(campaign, annotator).filter(public_id=public_id).first()
    if row is None:
        raise Http404("No such judgment.")
    return _own_judgments(campaign, annotator, [row])[0]


def last_revisable(campaign: Campaign, annotator: User) -> UUID | None:
    """Return the person's newest answer while it can still be changed."""
    newest = list(_rows(campaign, annotator).filter(superseded_by__isnull=True)[:1])
    own = _own_judgments(campaign, annotator, newest)
    return own[0].public_id if own and own[0].revisable_until else None


def _rows(campaign: Campaign, annotator: User) -> QuerySet[Judgment]:
    return (
        Judgment.objects.filter(campaign=campaign, annotator=annotator)
        .select_related(
            "assignment", "comparison__item__source", "superseded_by", "set_aside", "supersedes"
        )
        .select_related("review")
        .order_by("-created_at", "-pk")
    )


def _own_judgments(
    campaign: Campaign, annotator: User, rows: Sequence[Judgment]
) -> list[OwnJudgment]:
    candidates = _candidates(rows)
    windows = _windows(campaign, annotator, rows)
    lessons = _lessons(rows)
    served = ServedSizes(
        (campaign, row.comparison.item.source, candidates[pk].image)
        for row in rows
        for pk in row.comparison.candidate_ids
    )

    def size_of(row: Judgment, pk: int) -> tuple[int, int]:
        return served.of(campaign, row.comparison.item.source, candidates[pk].image)

    return [
        replace(_one(row, candidates, windows, size_of), lesson=lessons.get(row.pk)) for row in rows
    ]


def _lessons(rows: Sequence[Judgment]) -> dict[int, dict[str, Any]]:
    """Return the reference answers to training, by judgment; other judgments have none."""
    trained = [row for row in rows if row.lane == Lane.TRAINING]
    references = training_references([row.comparison_id for row in trained]) if trained else {}
    return {
        row.pk: lesson_of(
            references[row.comparison_id],
            row.assignment.shown_order,
            {each["slug"] for each in rubric_words(row.rubric_id)["dimensions"]},
        )
        for row in trained
        if row.comparison_id in references
    }


def _candidates(rows: Sequence[Judgment]) -> dict[int, Candidate]:
    wanted = {pk for row in rows for pk in row.comparison.candidate_ids}
    found = Candidate.objects.filter(pk__in=wanted).select_related("image")
    return {candidate.pk: candidate for candidate in found}


def _windows(campaign: Campaign, annotator: User, rows: Sequence[Judgment]) -> dict[int, datetime]:
    """Return until when each assignment's answer may be changed; past times are left out."""
    if not rows or why_stopped(campaign, annotator):
        return {}
    firsts = Judgment.objects.filter(
        assignment__in=[row.assignment_id for row in rows], supersedes__isnull=True
    ).values_list("assignment", "created_at")
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    window = timedelta(minutes=campaign.revise_minutes)
    ends = {pk: first + window for pk, first in firsts} if campaign.revise_minutes else {}
    for row in rows:
        review = getattr(row, "review", None)
        if review is not None and review.outcome == Review.Outcome.RETURNED:
            ends[row.assignment_id] = review.created_at + RETURN_WINDOW
    return {pk: end for pk, end in ends.items() if end > now}


def _one(
    row: Judgment,
    candidates: dict[int, Candidate],
    windows: dict[int, datetime],
    size_of: Callable[[Judgment, int], tuple[int, int]],
) -> OwnJudgment:
    assignment, comparison = row.assignment, row.comparison
    source = comparison.item.source
    ids = [comparison.candidate_ids[index] for index in assignment.shown_order]
    state = judgment_state(row)
    withdrawn = comparison.withdrawn_at or comparison.item.withdrawn_at
    in_use = not withdrawn and all(candidates[pk].withdrawn_at is None for pk in ids)
    stands = state == "counted" and in_use and not row.cannot_judge
    # A dispute is changed on the page where it is decided.
    stands = stands and row.lane != Lane.ADJUDICATION
    rubric = rubric_words(row.rubric_id)
    return OwnJudgment(
        public_id=row.public_id,
        assignment=assignment.public_id,
        instruction=comparison.item.instruction,
        rubric=rubric,
        source=picture_of(assignment.public_id, (source.width, source.height)),
        candidates=[
            picture_of(assignment.public_id, size_of(row, pk), position)
            for position, pk in enumerate(ids)
        ],
        scores=_scores(row, [each["slug"] for each in rubric["dimensions"]]),
        ranks=row.ranks and [row.ranks[index] for index in assignment.shown_order],
        tie_kind=row.tie_kind,
        cannot_judge=row.cannot_judge,
        note=row.note,
        remarks=to_shown(row.remarks, assignment.shown_order),
        state=state,
        created_at=row.created_at,
        revises=row.supersedes.public_id if row.supersedes else None,
        revisable_until=windows.get(assignment.pk) if stands else None,
        review=getattr(row, "review", None),
    )


def _scores(row: Judgment, slugs: list[str]) -> dict[str, list[int]] | None:
    if row.scores is None:
        return None
    shown = [row.scores[index] for index in row.assignment.shown_order]
    return {slug: [scores[at] for scores in shown] for at, slug in enumerate(slugs)}
