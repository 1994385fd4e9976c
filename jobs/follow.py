"""Wait for a job from the command line, with its progress on one line."""

import time
from collections.abc import Callable

from jobs.models import Job

_POLL_SECONDS = 0.5


def follow(job: Job, say: Callable[[str], object]) -> Job:
    """Report each change of progress until the job has ended; return it as it ended."""
    reported = ""
    while True:
        job.refresh_from_db()
        text = describe(job)
        if text != reported:
            say(text)
            reported = text
        if job.is_finished:
            return job
        time.sleep(_POLL_SECONDS)


def describe(job: Job) -> str:
    """Return a job's state in one line."""
    if job.state == Job.State.QUEUED:
        return f"queued for a {job.queue} worker {job.message}".strip()
    if job.state == Job.State.FAILED:
        return f"failed: {job.error}"
    of = "" if job.progress_total is None else f" of {job.progress_total}"
    return f"{job.state}: {job.message} ({job.progress_done}{of})"
