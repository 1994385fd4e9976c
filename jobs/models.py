"""The job table is the queue; a Celery message only wakes a worker."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q
from django.db.models.functions import Now


class Job(models.Model):
    """A piece of long work: owner, state, progress and result.

    `fence` grows with every claim. A worker that lost its claim (its heartbeat stopped, and the
    sweep gave the job to another) holds an older fence, so all its later writes are refused.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Queue(models.TextChoices):
        DEFAULT = "default", "Default"
        GPU = "gpu", "GPU"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    queue = models.CharField(max_length=10, choices=Queue)
    # Public id of what the job is about, for lists and permissions; the owner app has the row.
    subject = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    attempts = models.SmallIntegerField(default=0)
    max_attempts = models.SmallIntegerField(default=5)
    fence = models.BigIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
                name="job_state_known",
            ),
            CheckConstraint(condition=Q(queue__in=["default", "gpu"]), name="job_queue_known"),
            CheckConstraint(
                condition=~Q(state="running") | Q(heartbeat_at__isnull=False),
                name="job_running_has_heartbeat",
            ),
            CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="job_failure_is_explained"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "id"], condition=Q(state="queued"), name="job_queue_head"
            ),
            models.Index(fields=["heartbeat_at"], condition=Q(state="running"), name="job_running"),
            models.Index(fields=["subject", "kind", "-id"], name="job_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def is_finished(self) -> bool:
        """Whether the state is final."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}
