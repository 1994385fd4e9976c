"""Every write to the job table. Times are PostgreSQL's."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from jobs import registry
from jobs.broker import wake
from jobs.errors import Cancelled, ClaimLost
from jobs.isolation import for_each
from jobs.models import Job

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5
# Six missed heartbeats: long enough for a stalled disk, short enough for a waiting person.
STALE_SECONDS = 30
# Rows per insert, and most workers that are woken, when many jobs are enqueued.
_AT_ONCE, _WAKES = 1_000, 16


def enqueue(
    kind: str,
    *,
    payload: dict[str, Any],
    subject: UUID | None = None,
    created_by: Any = None,
    max_attempts: int = 5,
) -> Job:
    """Store a job and wake a worker once the surrounding transaction is committed."""
    queue = registry.kind(kind).queue
    job = Job.objects.create(
        kind=kind,
        queue=queue,
        payload=payload,
        subject=subject,
        created_by=created_by,
        max_attempts=max_attempts,
    )
    transaction.on_commit(partial(wake, queue))
    return job


@transaction.atomic
def enqueue_many(
    kind: str, payloads: Iterable[dict[str, Any]], *, subject: UUID, created_by: Any = None
) -> int:
    """Store many jobs of one kind and wake a few workers; return how many.

    A worker that finished a job wakes another, so few messages suffice for many jobs.
    """
    queue = registry.kind(kind).queue
    stored = 0
    rows = (
        Job(kind=kind, queue=queue, payload=payload, subject=subject, created_by=created_by)
        for payload in payloads
    )
    while chunk := list(islice(rows, _AT_ONCE)):
        stored += len(Job.objects.bulk_create(chunk))
    for _ in range(min(stored, _WAKES)):
        transaction.on_commit(partial(wake, queue))
    return stored


@transaction.atomic
def claim(queue: str, worker: str, *, job_id: int | None = None) -> Job | None:
    """Take the oldest queued job of a queue (or the one named) and return it, or None."""
    waiting = Job.objects.select_for_update(skip_locked=True).filter(
        state=Job.State.QUEUED, queue=queue
    )
    if job_id is not None:
        waiting = waiting.filter(id=job_id)
    job = waiting.order_by("id").first()
    if job is None:
        return None
    Job.objects.filter(id=job.id).update(
        state=Job.State.RUNNING,
        worker=worker,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        started_at=Now(),
        heartbeat_at=Now(),
        message="",
    )
    job.refresh_from_db()
    return job


def beat(job: Job) -> None:
    """Record a heartbeat of the claim. Raises ClaimLost or Cancelled."""
    held = Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.RUNNING)
    if not held.update(heartbeat_at=Now()):
        raise ClaimLost
    if held.filter(cancel_requested=True).exists():
        raise Cancelled


def report(job: Job, *, done: int, total: int | None, message: str) -> None:
    """Store progress under the fence. Raises ClaimLost or Cancelled."""
    held = Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.RUNNING)
    if not held.update(
        progress_done=done, progress_total=total, message=message[:300], heartbeat_at=Now()
    ):
        raise ClaimLost
    if held.filter(cancel_requested=True).exists():
        raise Cancelled


def hold(job: Job) -> None:
    """Lock the row until the end of the transaction: results need a valid claim.

    Call it first in the transaction that writes a job's results. Raises ClaimLost.
    """
    locked = Job.objects.select_for_update().filter(
        id=job.id, fence=job.fence, state=Job.State.RUNNING
    )
    if not locked.exists():
        raise ClaimLost


def finish(job: Job, result: dict[str, Any] | None) -> None:
    """Mark the job done. Raises ClaimLost."""
    _end(job, Job.State.DONE, result=result or {})


def fail(job: Job, error: str) -> None:
    """Mark the job failed, with a message for its owner. Raises ClaimLost."""
    _end(job, Job.State.FAILED, error=error or "failed without a message")


def mark_cancelled(job: Job) -> None:
    """Mark a running job cancelled, after its handler stopped. Raises ClaimLost."""
    _end(job, Job.State.CANCELLED)


def _end(job: Job, state: str, **columns: Any) -> None:
    held = Job.objects.filter(id=job.id, fence=job.fence, state=Job.State.RUNNING)
    if not held.update(state=state, finished_at=Now(), **columns):
        raise ClaimLost
    job.refresh_from_db()
    _notify(job)


@transaction.atomic
def cancel(job: Job) -> None:
    """Cancel a job: at once when queued, at its next checkpoint when running."""
    locked = Job.objects.select_for_update().get(id=job.id)
    if locked.state == Job.State.QUEUED:
        Job.objects.filter(id=job.id).update(
            state=Job.State.CANCELLED, cancel_requested=True, finished_at=Now()
        )
        locked.refresh_from_db()
        _notify(locked)
    elif locked.state == Job.State.RUNNING:
        Job.objects.filter(id=job.id).update(cancel_requested=True)


@transaction.atomic
def sweep() -> dict[str, int]:
    """Re-queue jobs whose worker died, fail those that died too often, wake idle queues."""
    dead = list(
        Job.objects.select_for_update(skip_locked=True).filter(
            state=Job.State.RUNNING, heartbeat_at__lt=Now() - timedelta(seconds=STALE_SECONDS)
        )
    )
    for_each(
        dead, _fail_or_requeue, name=lambda job: f"job {job.public_id}", on_failure=_fail_outright
    )
    waiting = set(Job.objects.filter(state=Job.State.QUEUED).values_list("queue", flat=True))
    for queue in waiting:
        transaction.on_commit(partial(wake, queue))
    return {"dead": len(dead), "waiting_queues": len(waiting)}


def _fail_outright(job: Job, reason: str) -> None:
    """Fail a job whose end callback fails, so that no later sweep tries it again."""
    Job.objects.filter(id=job.id).update(
        state=Job.State.FAILED,
        finished_at=Now(),
        fence=F("fence") + 1,
        error=f"The worker died, and tidying up after it failed ({reason}).",
    )


def _fail_or_requeue(job: Job) -> None:
    row = Job.objects.filter(id=job.id)
    logger.warning(
        "the worker %s of job %s died in attempt %d",
        job.worker,
        job.public_id,
        job.attempts,
        extra={"job": str(job.public_id), "kind": job.kind},
    )
    if job.cancel_requested:
        row.update(state=Job.State.CANCELLED, finished_at=Now(), fence=F("fence") + 1)
    elif job.attempts >= job.max_attempts:
        row.update(
            state=Job.State.FAILED,
            finished_at=Now(),
            fence=F("fence") + 1,
            error=f"The worker died {job.attempts} times while running this; given up.",
        )
    else:
        row.update(
            state=Job.State.QUEUED,
            fence=F("fence") + 1,
            message=f"The worker died; waiting for attempt {job.attempts + 1}.",
        )
        return
    job.refresh_from_db()
    _notify(job)


def _notify(job: Job) -> None:
    from django.utils.module_loading import import_string

    on_end = registry.kind(job.kind).on_end
    if on_end is not None:
        import_string(on_end)(job)
