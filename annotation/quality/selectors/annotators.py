"""One annotator's work in a campaign, and its agreement with the others' votes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import Http404

from annotation.models import Assignment, Campaign, Judgment, Membership
from annotation.quality.selectors.outcomes import (
    Answers,
    Votes,
    answers,
    score_votes,
    verdict_votes,
)
from annotation.rubrics.selectors import dimension_names
from annotation.stats.annotators import RaterAgreement, agreement_with_others

State = Assignment.State


@dataclass(frozen=True)
class AgreementRow:
    """How often one person's votes match the others' on one question; None = undefined."""

    question: str
    share: float | None
    low: float | None
    high: float | None
    n: int
    n_sources: int


@dataclass(frozen=True)
class AnnotatorSummary:
    """One line of the table of people. median_seconds: active time a judgment, None = unknown."""

    member: Membership
    n_judgments: int
    median_seconds: float | None
    verdicts: AgreementRow


@dataclass(frozen=True)
class AnnotatorReport:
    """One person's page. counts: by outcome; hours: active time of all answers."""

    member: Membership
    counts: dict[str, int]
    median_seconds: float | None
    n_timed: int
    hours: float
    agreement: list[AgreementRow]
    days: list[tuple[date, int]]


def member_for_lead(campaign: Campaign, pseudonym: UUID) -> Membership:
    """Return an annotator of a campaign that was fetched for its lead, also a removed one."""
    member = (
        Membership.objects.filter(
            campaign=campaign, pseudonym=pseudonym, role=Membership.Role.ANNOTATOR
        )
        .select_related("user")
        .first()
    )
    if member is None:
        raise Http404("No such annotator.")
    return member


def annotator_summaries(campaign: Campaign) -> list[AnnotatorSummary]:
    """Return a line per annotator, most judgments first. Four queries, whatever the size."""
    data = answers(campaign)
    votes = verdict_votes(data)
    verdicts = _by_rater(votes)
    members = Membership.objects.filter(
        campaign=campaign, role=Membership.Role.ANNOTATOR
    ).select_related("user")
    lines = [
        AnnotatorSummary(
            member=member,
            n_judgments=int((data.annotator == member.user_id).sum()),
            median_seconds=_median_seconds(data.active_ms[data.annotator == member.user_id])[0],
            verdicts=_row("Verdict", verdicts.get(member.user_id), votes),
        )
        for member in members
    ]
    return sorted(lines, key=lambda line: (-line.n_judgments, line.member.user.username))


def annotator_report(campaign: Campaign, member: Membership) -> AnnotatorReport:
    """Return one person's counts, times and agreement with others."""
    data = answers(campaign)
    judgments = Judgment.objects.filter(campaign=campaign, annotator=member.user_id)
    times = np.array(
        [ms for ms in judgments.values_list("active_ms", flat=True) if ms is not None], dtype=float
    )
    median, n_timed = _median_seconds(times)
    return AnnotatorReport(
        member=member,
        counts=_counts(campaign, member),
        median_seconds=median,
        n_timed=n_timed,
        hours=float(times.sum()) / 3_600_000,
        agreement=_agreement(campaign, data, member.user_id),
        days=list(
            judgments.annotate(day=TruncDate("created_at"))
            .values("day")
            .annotate(n=Count("id"))
            .order_by("day")
            .values_list("day", "n")
        ),
    )


def _counts(campaign: Campaign, member: Membership) -> dict[str, int]:
    judgments = Judgment.objects.filter(campaign=campaign, annotator=member.user_id).aggregate(
        submitted=Count("id"),
        surplus=Count("id", filter=Q(surplus=True)),
        cannot_judge=Count("id", filter=~Q(cannot_judge="")),
        set_aside=Count("set_aside"),
    )
    states = dict(
        Assignment.objects.filter(campaign=campaign, annotator=member.user_id)
        .order_by()
        .values_list("state")
        .annotate(n=Count("id"))
    )
    return {
        "Submitted": judgments["submitted"],
        "Could not judge": judgments["cannot_judge"],
        "Too late, or while paused or closed": judgments["surplus"],
        "Set aside": judgments["set_aside"],
        "Skipped": states.get(State.SKIPPED, 0),
        "Leases expired": states.get(State.EXPIRED, 0),
        "Open now": states.get(State.LEASED, 0),
    }


def _agreement(campaign: Campaign, data: Answers, user_id: int) -> list[AgreementRow]:
    names = dimension_names(campaign)
    questions = [("Verdict", verdict_votes(data))]
    questions += [(names[slug], score_votes(data, slug)) for slug in data.dimensions]
    return [_row(name, _by_rater(votes).get(user_id), votes) for name, votes in questions]


def _by_rater(votes: Votes) -> dict[int, RaterAgreement]:
    found = agreement_with_others(votes.unit, votes.rater, votes.value, clusters=votes.source)
    return {int(line.rater): line for line in found}  # type: ignore[call-overload]


def _row(question: str, line: RaterAgreement | None, votes: Votes) -> AgreementRow:
    if line is None:
        return AgreementRow(question, None, None, None, 0, 0)
    n_sources = len(np.unique(votes.source[votes.rater == line.rater]))
    return AgreementRow(question, line.share, line.low, line.high, line.n, n_sources)


def _median_seconds(active_ms: np.ndarray) -> tuple[float | None, int]:
    known = active_ms[~np.isnan(active_ms)]
    return (float(np.median(known)) / 1000 if len(known) else None), len(known)
