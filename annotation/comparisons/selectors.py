"""A campaign's comparisons for its lead, in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.answers.in_force import judgments_in_force
from annotation.answers.remark_words import RemarkWords, remarks_on
from annotation.models import (
    Campaign,
    Candidate,
    Comparison,
    Judgment,
    QueueEntry,
)
from annotation.models.judgments import JudgmentQuerySet
from annotation.queue.selectors.disputes import held_for_lead, waits_for_adjudicator
from annotation.references.selectors import uses_of

PAGE = 20
SHOWS = {"used": "In use", "held": "Held", "flagged": "Flagged", "withdrawn": "Withdrawn"}


@dataclass(frozen=True)
class ComparisonLine:
    """One comparison with its candidates in canonical order, and its progress."""

    comparison: Comparison
    candidates: list[Candidate]
    n_judged: int
    lane: str
    policy: str
    remarks: list[RemarkWords]
    # The use of its standing reference answer; "" without one.
    reference: str = ""
    # Whether it is offered or leased to an adjudicator.
    in_adjudication: bool = False


@dataclass(frozen=True)
class ComparisonPage:
    """One page. next_after: the public id after which the next page starts, None at the end."""

    lines: list[ComparisonLine]
    next_after: UUID | None


def counts_of(campaign: Campaign) -> dict[str, int]:
    """Return how many comparisons each list has."""
    used = Q(withdrawn_at__isnull=True)
    flagged = _flagged(Judgment.objects.filter(campaign=campaign, comparison__withdrawn_at=None))
    counts = Comparison.objects.filter(campaign=campaign).aggregate(
        used=Count("pk", filter=used),
        held=Count("pk", filter=used & held_for_lead()),
        withdrawn=Count("pk", filter=~used),
    )
    return counts | flagged.aggregate(flagged=Count("comparison", distinct=True))


def comparison_page(campaign: Campaign, *, show: str, after: UUID | None) -> ComparisonPage:
    """Return a page of one of SHOWS, by id; the held ones come before the others in use.

    Pages continue after an id instead of at an offset, so that late pages cost no more. Ten queries
    at most, plus one for each rubric version that is not cached yet.
    """
    rows = Comparison.objects.filter(campaign=campaign, withdrawn_at__isnull=show != "withdrawn")
    rows = rows.select_related("item").order_by("pk")
    held, others = rows.filter(held_at__isnull=False), rows.filter(held_at__isnull=True)
    start = rows.filter(public_id=after).first() if after else None
    if show == "withdrawn":
        found = list(_after(rows, start)[: PAGE + 1])
    elif show == "flagged":
        flagged = _flagged(Judgment.objects.filter(comparison=OuterRef("pk")))
        found = list(_after(rows.filter(Exists(flagged)), start)[: PAGE + 1])
    elif show == "held":
        found = list(_after(rows.filter(held_for_lead()), start)[: PAGE + 1])
    elif start is not None and start.held_at is None:
        found = list(_after(others, start)[: PAGE + 1])
    else:
        found = list(_after(held, start)[: PAGE + 1])
        found += list(others[: PAGE + 1 - len(found)])
    shown = found[:PAGE]
    more = shown[-1].public_id if len(found) > PAGE else None
    return ComparisonPage(_lines(campaign, shown), more)


def _flagged(judgments: JudgmentQuerySet) -> JudgmentQuerySet:
    """Keep answers in force that are flagged for a lead."""
    return judgments.in_force().filter(remarks__flagged=True)


def _after(rows: QuerySet[Comparison], start: Comparison | None) -> QuerySet[Comparison]:
    return rows if start is None else rows.filter(pk__gt=start.pk)


def _lines(campaign: Campaign, comparisons: Sequence[Comparison]) -> list[ComparisonLine]:
    ids = [comparison.pk for comparison in comparisons]
    wanted = {pk for comparison in comparisons for pk in comparison.candidate_ids}
    candidates = Candidate.objects.filter(pk__in=wanted).select_related("generator").in_bulk()
    judged = dict(
        judgments_in_force([campaign.pk])
        .filter(comparison__in=ids)
        .values_list("comparison")
        .annotate(n=Count("pk"))
        .order_by()
    )
    waiting = QueueEntry.objects.filter(comparison__in=ids).order_by("-id")
    references = uses_of(ids)
    disputed = set(
        Comparison.objects.filter(waits_for_adjudicator(), pk__in=ids).values_list("pk", flat=True)
    )
    queue = {entry.comparison_id: entry for entry in waiting}
    remarks = remarks_on({c.pk: _names(c, candidates) for c in comparisons})
    lines = []
    for comparison in comparisons:
        entry = queue.get(comparison.pk)
        lines.append(
            ComparisonLine(
                comparison=comparison,
                candidates=[candidates[pk] for pk in comparison.candidate_ids],
                n_judged=judged.get(comparison.pk, 0),
                lane=str(entry.get_lane_display()) if entry else "",
                policy=entry.policy if entry else "",
                reference=references.get(comparison.pk, ""),
                remarks=remarks.get(comparison.pk, []),
                in_adjudication=comparison.pk in disputed,
            )
        )
    return lines


def _names(comparison: Comparison, candidates: Mapping[int, Candidate]) -> list[str]:
    return [str(candidates[pk].generator) for pk in comparison.candidate_ids]
