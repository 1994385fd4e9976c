"""Do background work campaign by campaign; failures are stored and shown to the lead."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from annotation.models import Campaign, Comparison, WorkFailure
from jobs.isolation import Tally, for_each

Row = TypeVar("Row", Campaign, Comparison)
Key = tuple[int, str]


def for_each_row(
    rows: Iterable[Row], work: Callable[[Row], object], *, kind: WorkFailure.Work
) -> Tally:
    """Do one kind of work on campaigns or comparisons; a failing row does not stop the others.

    A failure stays stored with its reason until the same row succeeds.
    """
    known = set(WorkFailure.objects.filter(work=kind).values_list("campaign_id", "subject"))

    def forget(row: Row) -> None:
        if (key := _key(row)) in known:
            _rows(kind, key).delete()

    return for_each(
        rows,
        work,
        name=lambda row: f"{kind.label} ({_name(row)})",
        on_failure=lambda row, reason: _keep(kind, _key(row), reason),
        on_success=forget,
    )


def _keep(kind: WorkFailure.Work, key: Key, reason: str) -> None:
    changed = _rows(kind, key).update(reason=reason, n_times=F("n_times") + 1, last_at=Now())
    if not changed:
        WorkFailure.objects.bulk_create(
            [WorkFailure(campaign_id=key[0], work=kind, subject=key[1], reason=reason)],
            ignore_conflicts=True,
        )


def _rows(kind: WorkFailure.Work, key: Key) -> QuerySet[WorkFailure]:
    return WorkFailure.objects.filter(work=kind, campaign_id=key[0], subject=key[1])


def _key(row: Campaign | Comparison) -> Key:
    if isinstance(row, Comparison):
        return row.campaign_id, str(row.public_id)
    return row.pk, ""


def _name(row: Campaign | Comparison) -> str:
    if isinstance(row, Comparison):
        return f"comparison {row.public_id}"
    return f"campaign {row.slug}"
