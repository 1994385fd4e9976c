"""Freeze a campaign's data: content-addressed Parquet parts under a hashed manifest."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotation.common.events import record
from annotation.common.storage import copy_original, copy_out, put_once
from annotation.errors import DomainError, ImageUnusable
from annotation.items.imaging.presentation import OWN, SOURCE, Presentation
from annotation.models import Campaign, Snapshot, User
from annotation.rubrics.selectors import described_rubrics, judged_rubric, rubric_as_dict
from annotation.snapshots import rows as snapshot_rows
from annotation.snapshots.format.canonical import FORMAT, content_hash
from annotation.snapshots.format.manifest import Manifest, part_entry, part_paths, table_entry
from annotation.snapshots.format.reader import SnapshotReader
from annotation.snapshots.format.tables import parquet_bytes
from annotation.snapshots.stored import domain_errors, reader_of
from annotation.version import VERSION
from jobs import services as jobs
from jobs.models import Job
from jobs.runner import Context
from jobs.selectors import jobs_of

JOB_KIND = "annotation.freeze"
# Most images that an error names; a storage that is not mounted lacks all of them.
MAX_NAMED = 1_000
Progress = Callable[[str], None]


def freeze(
    *, campaign: Campaign, actor: User | None = None, progress: Progress = lambda _: None
) -> Snapshot:
    """Write the campaign's tables and manifest; the same data gives the same snapshot row."""
    tables = _write_tables(campaign, progress)
    manifest = _manifest(campaign, tables)
    content = content_hash(manifest)
    manifest |= {"content_sha256": content, "created_at": timezone.now().isoformat()}
    path = f"snapshots/manifests/{content}.json"
    put_once(path, json.dumps(manifest, indent=1, ensure_ascii=False).encode())
    snapshot, created = Snapshot.objects.get_or_create(
        campaign=campaign,
        content_sha256=content,
        defaults={
            "manifest_path": path,
            "counts": {name: table["rows"] for name, table in tables.items()},
            "created_by": actor,
        },
    )
    if created:
        record(campaign, actor, "froze", snapshot=content)
    return snapshot


@transaction.atomic
def request_freeze(*, campaign: Campaign, actor: User | None) -> Job:
    """Queue a freeze, or return the one that is queued or at work already."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    last = jobs_of(campaign.public_id, JOB_KIND).first()
    if last is not None and not last.is_finished:
        return last
    payload = {"campaign": campaign.pk, "actor": None if actor is None else actor.pk}
    return jobs.enqueue(JOB_KIND, payload=payload, subject=campaign.public_id, created_by=actor)


def run_freeze(context: Context) -> dict[str, Any]:
    """Job handler. Safe to run twice: parts and manifests are written once."""
    campaign = Campaign.objects.get(pk=context.payload["campaign"])
    actor = User.objects.filter(pk=context.payload["actor"]).first()
    snapshot = freeze(
        campaign=campaign,
        actor=actor,
        progress=lambda message: context.progress(0, None, message),
    )
    return {"snapshot": snapshot.content_sha256}


@domain_errors()
def write_folder(snapshot: Snapshot, out: Path) -> Path:
    """Write a snapshot with all its images as a folder.

    Trainings are repeated from it, so it has every image. Raises DomainError when `out` holds
    something else already, and then writes nothing; and naming a part that is damaged, or all
    images that are gone or damaged, and then `out` has no manifest and can be completed later.
    """
    if lost := _copy_files(snapshot, out):
        raise DomainError(_named(lost))
    # The manifest is written last, so that a folder with one is complete.
    copy_out(snapshot.manifest_path, out / "manifest.json")
    return out


@domain_errors()
def write_usable(snapshot: Snapshot, out: Path) -> list[ImageUnusable]:
    """Write a snapshot's tables, manifest and usable images as a folder; return the other images.

    No row of a table holds an image: all rows are written. Raises DomainError when `out` holds
    something else already, and then writes nothing; and naming a part that is damaged.
    """
    lost = _copy_files(snapshot, out)
    copy_out(snapshot.manifest_path, out / "manifest.json")
    return lost


def _copy_files(snapshot: Snapshot, out: Path) -> list[ImageUnusable]:
    """Copy all but the manifest; return the images that cannot be used."""
    reader = reader_of(snapshot)
    if out.exists() and any(out.iterdir()) and not _holds(out, snapshot):
        raise DomainError(f"{out} is not empty; nothing was written.")
    out.mkdir(parents=True, exist_ok=True)
    for path in part_paths(reader.manifest):
        copy_out(f"snapshots/{path}", out / path)
    lost = []
    for digest in _image_hashes(reader):
        try:
            copy_original(digest, out / "images" / digest)
        except ImageUnusable as error:
            lost.append(error)
    return lost


def _named(lost: Sequence[ImageUnusable]) -> str:
    if len(lost) == 1:
        return str(lost[0])
    names = "; ".join(f"{error.sha256} {error.reason}" for error in lost[:MAX_NAMED])
    more = f"; and {len(lost) - MAX_NAMED} more" if len(lost) > MAX_NAMED else ""
    return f"{len(lost)} images are gone or damaged: {names}{more}"


def _image_hashes(reader: SnapshotReader) -> list[str]:
    """Return the sha256 of every image of a snapshot, each once, sorted."""
    hashes: set[str] = set()
    for table, column in (("items", "source_sha256"), ("candidates", "image_sha256")):
        hashes.update(row[column] for row in reader.rows(table, (column,)))
    return sorted(hashes)


def _holds(out: Path, snapshot: Snapshot) -> bool:
    # An unfinished folder has parts and images but no manifest. Files are named by their hash, so
    # those that are there need not be written again.
    manifest = out / "manifest.json"
    if not manifest.exists():
        return {entry.name for entry in out.iterdir()} <= {"parts", "images"}
    return bool(json.loads(manifest.read_text())["content_sha256"] == snapshot.content_sha256)


def _write_tables(campaign: Campaign, progress: Progress) -> dict[str, Any]:
    judgments, labels = [], []
    for judgment_rows, label_rows in snapshot_rows.judged_chunks(campaign):
        judgments += _parts("judgments", [judgment_rows])
        labels += _parts("labels", [label_rows])
        progress(f"{sum(part['rows'] for part in judgments)} judgments written")
    parts = {
        "items": _parts("items", snapshot_rows.item_chunks(campaign)),
        "candidates": _parts("candidates", snapshot_rows.candidate_chunks(campaign)),
        "judgments": judgments,
        "labels": labels,
    }
    return {name: table_entry(entries) for name, entries in parts.items()}


def _parts(table: str, chunks: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    parts = []
    for rows in chunks:
        if not rows:
            continue
        data = parquet_bytes(rows, table)
        entry = part_entry(data, len(rows))
        put_once(f"snapshots/{entry['path']}", data)
        parts.append(entry)
    return parts


def _manifest(campaign: Campaign, tables: dict[str, Any]) -> Manifest:
    rubrics = described_rubrics(campaign)
    described = {str(rubric.version): rubric_as_dict(rubric) for rubric in rubrics}
    judged = judged_rubric(campaign) or (rubrics[-1] if rubrics else None)
    dimensions = [] if judged is None else described[str(judged.version)]["dimensions"]
    return {
        "format": FORMAT,
        "campaign": {
            "public_id": str(campaign.public_id),
            "slug": campaign.slug,
            "name": campaign.name,
            "k": campaign.k,
            "random_arm_percent": campaign.random_arm_percent,
            "held_out_percent": campaign.held_out_percent,
        },
        "rubrics": described,
        "dimensions": [dimension["slug"] for dimension in dimensions],
        "tables": tables,
        "presentation": Presentation(
            size=SOURCE if campaign.one_size else OWN, masked=tuple(campaign.watermarks)
        ).to_json(),
        "code_version": VERSION,
    }


def campaign_snapshot(
    campaign: UUID, content_sha256: str | None = None, *, actor: User | None = None
) -> Snapshot:
    """Return a snapshot of a campaign by its hash, or freeze one in the actor's name.

    Raises Snapshot.DoesNotExist or Campaign.DoesNotExist.
    """
    if content_sha256 is not None:
        return Snapshot.objects.get(campaign__public_id=campaign, content_sha256=content_sha256)
    return freeze(campaign=Campaign.objects.get(public_id=campaign), actor=actor)
