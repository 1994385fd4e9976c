"""Reads of the job table."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from jobs import registry
from jobs.models import Job


def jobs_of(subject: UUID, *kinds: str) -> QuerySet[Job]:
    """Return the jobs about one thing, newest first."""
    found = Job.objects.filter(subject=subject)
    return (found.filter(kind__in=kinds) if kinds else found).order_by("-id")


@dataclass(frozen=True)
class Running:
    """A job that waits or runs, with the title of its kind."""

    title: str
    job: Job


def running_on(subject: UUID, *, but: Collection[str] = ()) -> list[Running]:
    """Return the work about one thing that waits or runs, oldest first. One query.

    but: kinds that are left out, as are those without a title.
    """
    titles = {kind: title for kind, title in registry.titles().items() if kind not in but}
    found = jobs_of(subject, *titles).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return [Running(titles[job.kind], job) for job in found.order_by("id")]


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
