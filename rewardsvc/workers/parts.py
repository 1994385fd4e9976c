"""The parts of a rescoring: rows of the job table, so that any worker may take one."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from annotation.items.selectors.candidates import ranges
from jobs import services as jobs
from jobs.errors import Cancelled
from jobs.models import Job
from jobs.runner import Context
from rewardsvc.models import RewardModel
from rewardsvc.services.runs import PART, RESCORE

# Candidates per part: minutes of work each, and a thousand parts for a million candidates.
SIZE = 1_000

# An edit without a reward: its candidate's public id, the unusable image, and the reason.
Failed = dict[str, str]


class Parts:
    """The parts of one rescoring job, which are deleted when the job ends."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def _rows(self) -> QuerySet[Job]:
        return Job.objects.filter(kind=PART, subject=self.job.public_id)

    def exist(self) -> bool:
        return self._rows().exists()

    @transaction.atomic
    def plan(self, campaign: UUID, models: list[RewardModel], context: Context) -> None:
        """Store a part for each range of candidates and model, in one transaction."""
        context.hold()
        spans = list(ranges(campaign, size=SIZE))
        payloads = (
            {"campaign": str(campaign), "model": model.pk, "after": after, "until": until}
            # Parts of one model are adjacent, so that a worker keeps it loaded.
            for model in models
            for after, until in spans
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
        """Return the row id of a part that no worker has claimed."""
        queued = self._rows().filter(state=Job.State.QUEUED).order_by("id")
        found: int | None = queued.values_list("pk", flat=True).first()
        return found

    def failed(self) -> str:
        """Return the error of a failed part; empty where none has failed."""
        row = self._rows().filter(state=Job.State.FAILED).first()
        return "" if row is None else row.error

    def unscored(self) -> list[Failed]:
        """Return the edits that could not be scored, each once, ordered by candidate."""
        done = self._rows().filter(state=Job.State.DONE).values_list("result", flat=True)
        failed = (row for result in done for row in (result or {}).get("failed", []))
        found = {row["candidate"]: row for row in failed}
        return [found[name] for name in sorted(found)]

    def scored(self) -> int:
        """Return how many edits the parts have scored so far, including running parts."""
        found: Any = self._rows().aggregate(n=Sum("progress_done"))["n"]
        return int(found or 0)


def stop_unless_wanted(part: Job) -> None:
    """Raise Cancelled when the rescoring of a part was cancelled or has ended."""
    ended = Q(cancel_requested=True) | ~Q(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    if Job.objects.filter(ended, kind=RESCORE, public_id=str(part.subject)).exists():
        raise Cancelled
