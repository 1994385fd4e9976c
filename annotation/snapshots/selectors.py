"""Reads of snapshots and exports."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import Campaign, Export, Snapshot
from jobs.models import Job


@dataclass(frozen=True)
class ExportView:
    """An export and the job that writes it."""

    export: Export
    job: Job | None


def snapshots_of(campaign: Campaign) -> QuerySet[Snapshot]:
    """Return a campaign's snapshots, newest first."""
    return (
        Snapshot.objects.filter(campaign=campaign)
        .select_related("created_by")
        .order_by("-created_at", "-id")
    )


def snapshots_starting_with(campaign: Campaign, prefix: str) -> list[Snapshot]:
    """Return at most two snapshots by the start of their hash; two mean that it is ambiguous."""
    return list(Snapshot.objects.filter(campaign=campaign, content_sha256__startswith=prefix)[:2])


def exports_of(campaign: Campaign) -> list[ExportView]:
    """Return a campaign's exports with their jobs, newest first. Two queries."""
    exports = list(
        Export.objects.filter(snapshot__campaign=campaign)
        .select_related("snapshot", "created_by")
        .order_by("-id")[:100]
    )
    jobs = Job.objects.filter(public_id__in=[e.job_id for e in exports if e.job_id])
    by_id = {job.public_id: job for job in jobs}
    return [ExportView(export, by_id.get(export.job_id)) for export in exports]  # type: ignore[arg-type]
