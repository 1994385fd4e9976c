"""Rows that the table of routes names, beside those of the study itself."""

import uuid

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotation.models import Export, PersonMessage, Reclaim, Review, RuleAlert, Snapshot
from jobs.models import Job
from rewardsvc.models import TrainingRun


def made_by_rules(campaign, person, lead):
    """Return the ids of an alert, a reclaim and a message about a person."""
    shared = {"campaign": campaign, "user": person}
    alert = RuleAlert.objects.create(
        **shared, rule="gold", action="warn", reason="Low.", n=9, done="told"
    )
    reclaim = Reclaim.objects.create(
        campaign=campaign, annotator=person, reason="Rushed.", judgment_ids=[], actor=lead
    )
    message = PersonMessage.objects.create(**shared, kind="warned", text="Please look.")
    return {
        "alert": alert.public_id,
        "reclaim": reclaim.public_id,
        "message": message.public_id,
    }


def made_by_jobs(campaign):
    """Return the ids of a snapshot, an export, a job and a training run."""
    snapshot = Snapshot.objects.create(
        campaign=campaign, content_sha256="0" * 64, manifest_path="snapshots/manifests/0.json"
    )
    path = default_storage.save("exports/one.zip", ContentFile(b"PK"))
    export = Export.objects.create(
        snapshot=snapshot, format="canonical", target="verdict", path=path
    )
    job = Job.objects.create(kind="annotation.freeze", queue="default", subject=campaign.public_id)
    run = TrainingRun.objects.create(
        campaign=campaign.public_id,
        backbone="compact",
        config={},
        target="verdict",
        n_folds=3,
        job_id=uuid.uuid4(),
    )
    return {
        "snapshot": snapshot.pk,
        "export": export.public_id,
        "job": job.public_id,
        "run": run.public_id,
    }


def make_review(judgment, reviewer, *, outcome="returned", comment="Look at the fur."):
    """Return a review of an answer."""
    return Review.objects.create(
        campaign=judgment.campaign,
        judgment=judgment,
        reviewer=reviewer,
        outcome=outcome,
        comment=comment,
        drawn_by="new",
    )
