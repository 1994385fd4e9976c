"""Imports and derivatives as jobs of the default worker."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from annotation.common.scratch import scratch_folder
from annotation.common.storage import original_name, read
from annotation.errors import ImportRefused, PictureRefused
from annotation.items.imports.reading import (
    MAX_UPLOADED_MANIFEST_BYTES,
    open_container,
    read_manifests,
)
from annotation.items.imports.report import storable
from annotation.items.imports.staging import StagedImage, stage
from annotation.items.services.images import put_rows, put_views, without_views
from annotation.items.services.import_pictures import MAX_THREADS
from annotation.items.services.imports import Watch, fill_batch, refuse_closed
from annotation.models import Campaign, Candidate, ImportBatch, Item, StoredImage, User
from jobs.errors import JobError
from jobs.isolation import reason_of
from jobs.models import Job
from jobs.runner import Context
from jobs.services import enqueue

logger = logging.getLogger(__name__)

DERIVE_CHUNK = 8
# Most images that the error of a job names; the log names all.
FAILURES_NAMED = 5
# A file that killed the worker twice would probably kill it again.
MAX_ATTEMPTS = 2


def start_upload(
    *, campaign: Campaign, upload: "File[bytes]", filename: str, actor: User
) -> ImportBatch:
    """Store an uploaded ZIP and queue its import, and return its batch. Raises ImportRefused."""
    refuse_closed(campaign)
    batch = ImportBatch(campaign=campaign, filename=storable(filename)[:255], created_by=actor)
    name = default_storage.save(upload_name(batch.public_id), upload)
    try:
        with transaction.atomic():
            job = enqueue(
                "annotation.import",
                payload={"batch": str(batch.public_id), "upload": name},
                subject=campaign.public_id,
                created_by=actor,
                max_attempts=MAX_ATTEMPTS,
            )
            batch.job_id = job.public_id
            batch.save(force_insert=True)
    except BaseException:
        default_storage.delete(name)
        raise
    return batch


def upload_name(public_id: UUID) -> str:
    """Return the storage name of an upload."""
    return f"uploads/{public_id}.zip"


def run_import(context: Context) -> dict[str, Any]:
    """Job handler: import an uploaded ZIP. A retry after a dead worker continues the import."""
    batch = ImportBatch.objects.select_related("campaign", "created_by").get(
        public_id=context.payload["batch"]
    )
    try:
        refuse_closed(batch.campaign)
        with (
            default_storage.open(context.payload["upload"], "rb") as upload,
            closing(open_container(upload, name=batch.filename)) as container,
        ):
            reading = read_manifests(container, max_bytes=MAX_UPLOADED_MANIFEST_BYTES)
            watch = Watch(context.progress, context.hold)
            fill_batch(batch, container, reading, watch=watch)
    except FileNotFoundError:
        raise JobError("The uploaded file is gone; upload it again.") from None
    except ImportRefused as refusal:
        raise JobError(str(refusal)) from None
    return {"counts": batch.report["counts"]}


def import_ended(job: Job) -> None:
    """Remove the upload, and mark a batch whose job did not finish. Called when the job ends."""
    transaction.on_commit(partial(default_storage.delete, job.payload["upload"]))
    if job.state == Job.State.DONE:
        return
    error = job.error or "It was stopped. What was taken before stays; import again to go on."
    ImportBatch.objects.filter(public_id=job.payload["batch"], finished_at__isnull=True).update(
        report={"error": error}, finished_at=Now()
    )


def run_derive(context: Context) -> dict[str, Any]:
    """Job handler: make the missing views of a campaign's images.

    Raises JobError at the end, naming the images that could not be prepared.
    """
    campaign = Campaign.objects.get(public_id=context.payload["campaign"])
    hashes = list(_lacking(campaign).order_by("pk").values_list("sha256", flat=True))
    failed: list[str] = []
    with (
        scratch_folder("derive") as scratch,
        ThreadPoolExecutor(MAX_THREADS) as pool,
    ):
        for start in range(0, len(hashes), DERIVE_CHUNK):
            context.progress(start, len(hashes), f"{start} of {len(hashes)} images")
            chunk = hashes[start : start + DERIVE_CHUNK]
            staged = list(pool.map(lambda sha256: _derive(sha256, scratch), chunk))
            failed += [reason for reason in staged if isinstance(reason, str)]
            _store(context, [image for image in staged if not isinstance(image, str)])
    if failed:
        named = " ".join(failed[:FAILURES_NAMED])
        raise JobError(f"{len(failed)} of {len(hashes)} images could not be prepared. {named}")
    return {"images": len(hashes)}


def _lacking(campaign: Campaign) -> Any:
    sources = Item.objects.filter(campaign=campaign).values("source")
    edits = Candidate.objects.filter(item__campaign=campaign).values("image")
    return without_views(StoredImage.objects.filter(Q(pk__in=sources) | Q(pk__in=edits)))


def _derive(sha256: str, scratch: Path) -> StagedImage | str:
    """Return the views of an image, or the reason why there are none."""
    try:
        return stage(read(original_name(sha256)), name="", scratch=scratch)
    except FileNotFoundError:
        return f"The original {sha256[:12]} is missing from the media storage."
    except PictureRefused as refusal:
        return f"The original {sha256[:12]}: {refusal}."
    except Exception as error:
        logger.exception("image %s could not be prepared", sha256)
        return f"The original {sha256[:12]}: {reason_of(error)}."


def _store(context: Context, staged: list[StagedImage]) -> None:
    for image in staged:
        put_views(image)
        for view in image.views:
            view.file.unlink()
    with transaction.atomic():
        context.hold()
        put_rows(staged)
