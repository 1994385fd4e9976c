"""Failures of repeated background work."""

from django.db import models
from django.db.models import UniqueConstraint
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign


class WorkFailure(models.Model):
    """The last failure of a piece of background work. The row is deleted on success."""

    class Work(models.TextChoices):
        LEASES = "leases", "Ending leases whose time is over"
        REPEATS = "repeats", "Drawing repeats"
        DISAGREEMENT = "disagreement", "Sending back what people and model disagree on"
        RULES = "rules", "Applying the quality rules"
        OVERLAP = "overlap", "Deciding whether one more person is asked"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="work_failures")
    work = models.CharField(max_length=20, choices=Work)
    # Public id of the comparison it is about; "" = the campaign as a whole.
    subject = models.CharField(max_length=36, blank=True)
    reason = models.CharField(max_length=300)
    n_times = models.IntegerField(default=1)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign", "work", "subject"], name="work_failure_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.work} {self.subject}: {self.reason}"
