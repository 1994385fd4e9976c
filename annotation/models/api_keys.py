"""Keys with which programs call the API for a person."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils import timezone


class ApiKey(models.Model):
    """A key of a person; only its hash is stored."""

    class Scope(models.TextChoices):
        ANNOTATE = "annotate", "Judge: lease, answer, change answers"
        READ = "read", "Read: own answers, and quality of campaigns that you lead"
        EXPORT = "export", "Download exports of campaigns that you lead"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=60)
    # The SHA-256 of the key, which is random enough to need neither salt nor slow hash.
    key_sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10))
    # Compared with the person's password_changed_at: both are times of a web process.
    created_at = models.DateTimeField(default=timezone.now)
    # NULL: never.
    expires_at = models.DateTimeField(null=True)
    # To the hour, so that few calls write.
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(
                    scopes__len__gte=1, scopes__contained_by=["annotate", "read", "export"]
                ),
                name="api_key_scopes_known",
            )
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="api_key_of_user")]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
