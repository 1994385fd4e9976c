"""Hours at work and answers of each person by period, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek

from annotation.models import COUNTING_LANES, Campaign, Judgment, Membership

PERIODS = {"week": TruncWeek, "day": TruncDay, "month": TruncMonth}
HOUR_MS = 3_600_000
MOST_RATE = Decimal(100_000)


@dataclass(frozen=True)
class TimesheetLine:
    """One person in one period.

    hours: as the server counts them; claimed_hours: as the clients do; n_timed: answers with a
    time. n_answers: a changed answer is one. in_force, surplus, set_aside and other do not overlap:
    other holds golds, repeats, training and answers without a verdict. cost: None without a rate.
    """

    username: str
    pseudonym: UUID | None
    period: date
    hours: float
    claimed_hours: float
    n_timed: int
    n_answers: int
    in_force: int
    surplus: int
    set_aside: int
    per_hour: float | None
    cost: Decimal | None

    @property
    def other(self) -> int:
        """Answers that count for no label by their kind."""
        return self.n_answers - self.in_force - self.surplus - self.set_aside


def timesheet(
    campaign: Campaign, *, period: str = "week", rate: Decimal | None = None
) -> list[TimesheetLine]:
    """Return a line per person and period with an answer, newest period first. Two queries.

    rate: per hour at work, in any currency. The time of an answer that was changed counts too.
    """
    members = Membership.objects.filter(campaign=campaign, role=Membership.Role.ANNOTATOR)
    pseudonyms = dict(members.values_list("user", "pseudonym"))
    last = Q(superseded_by__isnull=True)
    kept = last & Q(surplus=False, set_aside__isnull=True)
    rows = (
        Judgment.objects.filter(campaign=campaign)
        .annotate(period=PERIODS[period]("created_at"))
        .order_by()
        .values("annotator", "annotator__username", "period")
        .annotate(
            worked_ms_sum=Sum("worked_ms"),
            claimed_ms_sum=Sum("active_ms"),
            n_timed=Count("worked_ms"),
            n_answers=Count("id", filter=last),
            in_force=Count("id", filter=kept & Q(lane__in=COUNTING_LANES, cannot_judge="")),
            n_surplus=Count("id", filter=last & Q(surplus=True)),
            n_aside=Count("id", filter=last & Q(surplus=False, set_aside__isnull=False)),
        )
        .order_by("-period", "annotator__username")
    )
    return [_line(row, pseudonyms.get(row["annotator"]), rate) for row in rows]


def rate_of(text: str) -> Decimal | None:
    """Return a rate per hour that was typed in; None when it is none or out of range."""
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        return None
    return rate.quantize(Decimal("0.01")) if rate.is_finite() and 0 < rate <= MOST_RATE else None


def _line(row: Mapping[str, Any], pseudonym: UUID | None, rate: Decimal | None) -> TimesheetLine:
    hours = Decimal(row["worked_ms_sum"] or 0) / HOUR_MS
    n_timed = int(row["n_timed"])
    return TimesheetLine(
        username=str(row["annotator__username"]),
        pseudonym=pseudonym,
        period=row["period"].date(),
        hours=float(hours),
        claimed_hours=float(Decimal(row["claimed_ms_sum"] or 0) / HOUR_MS),
        n_timed=n_timed,
        n_answers=int(row["n_answers"]),
        in_force=int(row["in_force"]),
        surplus=int(row["n_surplus"]),
        set_aside=int(row["n_aside"]),
        per_hour=float(n_timed / hours) if hours else None,
        cost=None if rate is None else (hours * rate).quantize(Decimal("0.01")),
    )
