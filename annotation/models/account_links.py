"""Links by which people join a campaign or set a new password."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign


class AccountLink(models.Model):
    """A link for one use; only the hash of its secret is stored."""

    class Kind(models.TextChoices):
        JOIN = "join", "Join a campaign"
        RESET = "reset", "Set a new password"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=5, choices=Kind)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    # Of an invitation: what it joins, and the lead's note on whom it is for.
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="+")
    roles = ArrayField(models.CharField(max_length=12), default=list)
    note = models.CharField(max_length=80, blank=True)
    # Of a new password: whose. Of an invitation: who used it.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # NULL: the person asked for it by e-mail.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(kind="join", campaign__isnull=False, roles__len__gte=1)
                | Q(kind="reset", campaign__isnull=True, user__isnull=False),
                name="account_link_complete",
            )
        ]
        indexes = [models.Index(fields=["campaign", "-created_at"], name="account_link_list")]

    def __str__(self) -> str:
        return f"{self.kind}, until {self.expires_at}"
