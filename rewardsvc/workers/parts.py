"""The parts of a rescoring: rows of the job table, so that any worker may take one."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import IntegerField, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from annotation.selectors.candidates import ranges
from jobs import services as jobs
from jobs.models import Job
from jobs.runner import Context
from rewardsvc.models import RewardModel
from rewardsvc.services.runs import PART

# Candidates a part: minutes of work, and a thousand parts for a million candidates.
SIZE = 1_000


class Parts:
    """The parts of one rescoring job, known by its public id."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def _rows(self) -> QuerySet[Job]:
        return Job.objects.filter(kind=PART, subject=self.job.public_id)

    def exist(self) -> bool:
        return self._rows().exists()

    @transaction.atomic
    def plan(self, campaign: UUID, models: list[RewardModel], context: Context) -> None:
        """Store a part for each range of candidates and model, all or none."""
        context.hold()
        payloads = (
            {"campaign": str(campaign), "model": model.pk, "after": after, "until": until}
            # A worker that goes from part to part of one model has it loaded already.
            for model in models
            for after, until in ranges(campaign, size=SIZE)
        )
        jobs.enqueue_many(
            PART, payloads, subject=self.job.public_id, created_by=self.job.created_by
        )

    def total(self) -> int:
        return self._rows().count()

    def done(self) -> int:
        return self._rows().filter(state=Job.State.DONE).count()

    def running(self) -> bool:
        return self._rows().filter(state=Job.State.RUNNING).exists()

    def next_queued(self) -> int | None:
        """Return the row id of a part that nobody has taken."""
        queued = self._rows().filter(state=Job.State.QUEUED).order_by("id")
        found: int | None = queued.values_list("pk", flat=True).first()
        return found

    def failed(self) -> str:
        """Return why a part failed, empty where none has."""
        row = self._rows().filter(state=Job.State.FAILED).first()
        return "" if row is None else row.error

    def scored(self) -> int:
        """Return how many edits the finished parts have scored."""
        number = Cast(KeyTextTransform("scored", "result"), IntegerField())
        found: Any = self._rows().filter(state=Job.State.DONE).aggregate(n=Sum(number))["n"]
        return int(found or 0)

    def cancel(self) -> None:
        """Ask every part to stop."""
        for row in self._rows().filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]):
            jobs.cancel(row)

    def forget(self) -> None:
        """Remove the rows of a rescoring that is done."""
        self._rows().delete()
