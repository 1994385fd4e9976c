"""Frozen data sets and the files made from them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint, Value
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign


class Snapshot(models.Model):
    """A frozen, content-addressed data set: a manifest over Parquet parts in media storage."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="snapshots")
    # sha256 of the manifest's canonical JSON without its time: equal data give an equal hash.
    content_sha256 = models.CharField(max_length=64)
    manifest_path = models.CharField(max_length=160)
    counts = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign", "content_sha256"], name="snapshot_unique"),
            CheckConstraint(
                condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$"), name="snapshot_sha256_hex"
            ),
        ]

    def __str__(self) -> str:
        return self.content_sha256[:12]


class Export(models.Model):
    """A file made from a snapshot in one format, to be downloaded by a lead."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="exports")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    format = models.CharField(max_length=40)
    target = models.CharField(max_length=10)
    # Slugs of the dimensions in the overall score; empty = the format's default.
    overall = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # What it holds, as far as the format's defaults were not taken.
    options = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # Counts of written and left-out rows, as in export.json.
    summary = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    job_id = models.UUIDField(null=True)
    # Empty until the job has stored the file.
    path = models.CharField(max_length=200, blank=True)
    n_bytes = models.BigIntegerField(null=True)
    n_rows = models.BigIntegerField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.format} of {self.snapshot}"
