"""Run one claimed job, with a heartbeat thread; errors become states."""

import logging
import os
import socket
import threading
from typing import Any

from django.db import close_old_connections, connection

from jobs import registry, services
from jobs.errors import Cancelled, ClaimLost, JobError
from jobs.models import Job

logger = logging.getLogger(__name__)

OUT_OF_MEMORY = (
    "This needs more memory than a worker may take. Split it into smaller parts, or raise the"
    " worker's limit (WORKER_MEMORY_MIB)."
)


class Context:
    """Context of a handler: the payload, progress reports, and checks whether to stop."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Store progress. Raises ClaimLost or Cancelled: let them pass."""
        services.report(self.job, done=done, total=total, message=message)

    def checkpoint(self) -> None:
        """Check that the claim still holds. Raises ClaimLost or Cancelled: let them pass."""
        services.beat(self.job)

    def hold(self) -> None:
        """Lock the claim; call it first in the transaction that writes results."""
        services.hold(self.job)


def run_one(queue: str, *, job_id: int | None = None) -> Job | None:
    """Claim and run one job to its end; return it, or None when nothing is queued."""
    job = services.claim(queue, f"{socket.gethostname()}:{os.getpid()}", job_id=job_id)
    if job is None:
        return None
    with _Heartbeat(job):
        _run(job)
    # A job that is part of other work may be deleted with it; then return the row as claimed.
    return Job.objects.filter(pk=job.pk).first() or job


def _run(job: Job) -> None:
    try:
        result = registry.kind(job.kind).load()(Context(job))
        services.finish(job, result)
    except ClaimLost:
        logger.warning(
            "job %s: claim lost, stopped without a write", job.public_id, extra=_named(job)
        )
    except Cancelled:
        _end_quietly(job, lambda: services.mark_cancelled(job))
    except JobError as refusal:
        text = str(refusal)
        # Log the stack only when the refusal was caused by another error.
        logger.warning(
            "job %s was refused: %s",
            job.public_id,
            text,
            exc_info=refusal if refusal.__cause__ else None,
            extra=_named(job),
        )
        _end_quietly(job, lambda: services.fail(job, text))
    except MemoryError:
        logger.exception("job %s ran out of memory", job.public_id, extra=_named(job))
        _end_quietly(job, lambda: services.fail(job, OUT_OF_MEMORY))
    except Exception as error:
        logger.exception("job %s failed", job.public_id, extra=_named(job))
        text = f"Unexpected {type(error).__name__}: {error}"
        _end_quietly(job, lambda: services.fail(job, text))


def _end_quietly(job: Job, end: Any) -> None:
    # The failed handler may have left a broken connection, but the state must still be stored.
    close_old_connections()
    try:
        end()
    except ClaimLost:
        logger.warning(
            "job %s: claim lost before its end was written", job.public_id, extra=_named(job)
        )


def _named(job: Job) -> dict[str, str]:
    """Return the fields of a log record that identify the job."""
    return {"job": str(job.public_id), "kind": job.kind}


class _Heartbeat:
    """A thread with its own connection that keeps the claim alive while the handler computes."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="job-heartbeat")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(services.HEARTBEAT_SECONDS):
                try:
                    services.beat(self._job)
                except (ClaimLost, Cancelled):
                    return  # the handler gets the same error at its next checkpoint
                except Exception:
                    logger.exception(
                        "heartbeat of job %s failed; trying again",
                        self._job.public_id,
                        extra=_named(self._job),
                    )
                    connection.close()
        finally:
            connection.close()
