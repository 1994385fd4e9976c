"""Reads of the job table."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from jobs.models import Job


def jobs_of(subject: UUID, *kinds: str) -> QuerySet[Job]:
    """Return the jobs about one thing, newest first."""
    found = Job.objects.filter(subject=subject)
    return (found.filter(kind__in=kinds) if kinds else found).order_by("-id")


def find_job(public_id: UUID) -> Job | None:
    """Return a job; the caller checks who may see it."""
    return Job.objects.filter(public_id=public_id).first()


def as_dict(job: Job) -> dict[str, Any]:
    """Return the fields of a progress bar."""
    return {
        "id": str(job.public_id),
        "kind": job.kind,
        "state": job.state,
        "label": job.get_state_display(),
        "done": job.progress_done,
        "total": job.progress_total,
        "message": job.message,
        "error": job.error,
        "finished": job.is_finished,
    }
