"""Correct a candidate by another image that a person uploads: a worker decodes it.

A web process neither decodes it nor starts a process that does: a small file may hold a picture of
hundreds of megabytes.
"""

from typing import Any
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from annotation.errors import DomainError, InvalidSetting, PictureRefused
from annotation.items.imaging.pictures import other_content
from annotation.items.services.images import store_picture
from annotation.items.services.items import CandidateChanges, check_correctable, correct_candidate
from annotation.models import Candidate, StoredImage, User
from jobs.errors import JobError
from jobs.models import Job
from jobs.runner import Context
from jobs.selectors import jobs_of
from jobs.services import enqueue

KIND = "annotation.correct"
# Uploads of one campaign that wait for the worker: bounds the disk that they take.
MOST_WAITING = 10
# Bytes of a file's start that tell its type.
SNIFFED = 1024
# A file that killed the worker twice would probably kill it again.
MAX_ATTEMPTS = 2


def start_correction(
    *,
    candidate: Candidate,
    reason: str,
    actor: User,
    picture: tuple[str, "File[bytes]"],
    changes: CandidateChanges,
) -> Job:
    """Store another image of a candidate and queue its correction.

    picture: (file name, file). changes: as `correct_candidate` takes them. Raises InvalidSetting
    for a missing reason or a file that does not start as a picture, DomainError when the candidate
    is withdrawn or has such a correction waiting, or too many of the campaign wait; then nothing is
    stored.
    """
    if other := other_content(picture[1].read(SNIFFED)):
        raise InvalidSetting("picture", f"The {other}.")
    picture[1].seek(0)
    stored = ""
    try:
        with transaction.atomic():
            reason = check_correctable(candidate, reason=reason)
            _refuse_too_many(candidate)
            stored = default_storage.save(f"uploads/{uuid4()}.picture", picture[1])
            return enqueue(
                KIND,
                payload={
                    "candidate": str(candidate.public_id),
                    "reason": reason,
                    "upload": stored,
                    "name": picture[0],
                    "changes": dict(changes),
                },
                subject=candidate.item.campaign.public_id,
                created_by=actor,
                max_attempts=MAX_ATTEMPTS,
            )
    except BaseException:
        if stored:
            default_storage.delete(stored)
        raise


def correction_of(candidate: Candidate) -> Job | None:
    """Return the newest correction of a candidate by another image. One query."""
    jobs = jobs_of(candidate.item.campaign.public_id, KIND)
    return jobs.filter(payload__candidate=str(candidate.public_id)).first()


def _refuse_too_many(candidate: Candidate) -> None:
    waiting = jobs_of(candidate.item.campaign.public_id, KIND).filter(
        state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    if waiting.filter(payload__candidate=str(candidate.public_id)).exists():
        raise DomainError("Another image of this candidate is being checked; wait for it.")
    if waiting.count() >= MOST_WAITING:
        raise DomainError(f"{MOST_WAITING} images of this campaign wait to be checked; try later.")


def run_correction(context: Context) -> dict[str, Any]:
    """Job handler: decode an uploaded image and correct the candidate by it. Safe to repeat."""
    payload = context.payload
    candidate = Candidate.objects.select_related("item__campaign").get(
        public_id=payload["candidate"]
    )
    try:
        with default_storage.open(payload["upload"], "rb") as upload:
            image = store_picture(upload.read(), name=payload["name"])
        new = _corrected_before(candidate, image) or _correct(context, candidate, image)
    except FileNotFoundError:
        raise JobError("The uploaded file is gone; upload it again.") from None
    except PictureRefused as refusal:
        raise JobError(f"The image cannot be taken: {refusal}.") from None
    except DomainError as refusal:
        raise JobError(str(refusal)) from None
    return {"candidate": str(new.public_id)}


def _corrected_before(candidate: Candidate, image: StoredImage) -> Candidate | None:
    """Return the version that a worker made before it died."""
    return Candidate.objects.filter(supersedes=candidate, image=image).first()


@transaction.atomic
def _correct(context: Context, candidate: Candidate, image: StoredImage) -> Candidate:
    context.hold()
    payload = context.payload
    return correct_candidate(
        candidate=candidate,
        reason=payload["reason"],
        actor=context.job.created_by,
        image=image,
        **payload["changes"],
    )


def correction_ended(job: Job) -> None:
    """Remove the upload. Called when the job ends, however it does."""
    default_storage.delete(job.payload["upload"])
