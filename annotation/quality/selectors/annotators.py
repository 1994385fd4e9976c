"""One annotator's work in a campaign, and its agreement with the others' votes."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import Http404

from annotation.models import Assignment, Campaign, Judgment, Membership
from annotation.quality.selectors.estimates import Estimate, clustered_estimate
from annotation.quality.selectors.outcomes import Votes, answers, score_votes, verdict_votes
from annotation.quality.selectors.people_quality import NO_SHARED
from annotation.rubrics.selectors import dimension_names
from annotation.stats.clustered import clustered_shares
from annotation.stats.leave_one_out import match_others

State = Assignment.State
MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class AgreementRow:
    """How often one person's votes match the others' on one question."""

    question: str
    share: Estimate


@dataclass(frozen=True)
class AnnotatorReport:
    """One person's page. counts: by outcome.

    median_seconds, hours: time at work as the server counts it, of one answer and of all;
    claimed_hours: as the person's clients claim it.
    """

    member: Membership
    counts: dict[str, int]
    median_seconds: float | None
    n_timed: int
    hours: float
    claimed_hours: float
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


def judging_people(campaign: Campaign) -> list[Membership]:
    """Return everybody who judges or judged in a campaign, by name. One query."""
    members = Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR)
    return list(members.select_related("user").order_by("user__username"))


def annotator_report(campaign: Campaign, member: Membership) -> AnnotatorReport:
    """Return one person's counts, times and agreement with others."""
    judgments = Judgment.objects.filter(campaign=campaign, annotator=member.user_id)
    columns = np.array(judgments.values_list("worked_ms", "active_ms"), dtype=float).reshape(-1, 2)
    times, claimed = columns.T
    median, n_timed = _median_seconds(times)
    return AnnotatorReport(
        member=member,
        counts=_counts(campaign, member),
        median_seconds=median,
        n_timed=n_timed,
        hours=float(np.nansum(times)) / MS_PER_HOUR,
        claimed_hours=float(np.nansum(claimed)) / MS_PER_HOUR,
        agreement=_agreement(campaign, member.user_id),
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


def _agreement(campaign: Campaign, user_id: int) -> list[AgreementRow]:
    data = answers(campaign)
    names = dimension_names(campaign)
    questions = [("Verdict", verdict_votes(data))]
    questions += [(names[slug], score_votes(data, slug)) for slug in data.dimensions]
    return [AgreementRow(name, _matched(votes, user_id)) for name, votes in questions]


def _matched(votes: Votes, user_id: int) -> Estimate:
    """Return the share of one person's votes that equal the others' on the same unit."""
    share, n_others = match_others(votes.unit, votes.value)
    own = np.flatnonzero((votes.rater == user_id) & (n_others > 0))
    found = clustered_shares(votes.rater[own], share[own], votes.source[own])
    return clustered_estimate(found.get(user_id), NO_SHARED)


def _median_seconds(worked_ms: np.ndarray) -> tuple[float | None, int]:
    known = worked_ms[~np.isnan(worked_ms)]
    return (float(np.median(known)) / 1000 if len(known) else None), len(known)
