"""The only module that writes what reward models report to a campaign, and which model that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.common.events import record
from annotation.models import Campaign, Comparison, ModelSignal


@dataclass(frozen=True, slots=True)
class Signal:
    """A value of one kind for one comparison, named by its public id.

    kind: `surprise` or `uncertainty`; priority: larger is looked at first; rewards: the means of
    the candidates in canonical order, of the models that gave the value.
    """

    comparison: UUID
    kind: str
    value: float
    priority: float
    rewards: tuple[float, ...] = ()


@transaction.atomic
def replace_signals(*, campaign: UUID, model: str, signals: Iterable[Signal]) -> int:
    """Store a model's signals in place of all earlier ones of the campaign; return how many.

    Signals for comparisons that do not exist or are of another campaign are ignored.
    """
    rows = list(signals)
    ids = _ids(campaign, rows)
    ModelSignal.objects.filter(comparison__campaign__public_id=campaign).delete()
    kept = [
        ModelSignal(
            comparison_id=ids[row.comparison],
            model=model,
            kind=row.kind,
            value=row.value,
            priority=row.priority,
            rewards=list(row.rewards),
        )
        for row in rows
        if row.comparison in ids
    ]
    ModelSignal.objects.bulk_create(kept, batch_size=5_000)
    return len(kept)


def _ids(campaign: UUID, rows: list[Signal]) -> Mapping[UUID, int]:
    wanted = {row.comparison for row in rows}
    found = Comparison.objects.filter(campaign__public_id=campaign, public_id__in=wanted)
    return dict(found.values_list("public_id", "id"))


def note_champion(*, campaign: UUID, model: str, actor: Any, how: str) -> None:
    """Record in the campaign's events which model is champion from now on, and who chose it."""
    _note(campaign, actor, "champion", model=model, how=how)


def note_run(*, campaign: UUID, run: str, actor: Any, done: str) -> None:
    """Record in the campaign's events what somebody did to a run. done: such as `started`."""
    _note(campaign, actor, f"run_{done}", run=run)


def _note(campaign: UUID, actor: Any, verb: str, **detail: str) -> None:
    row = Campaign.objects.filter(public_id=campaign).first()
    if row is not None:
        record(row, actor, verb, **detail)
