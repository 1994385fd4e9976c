"""A lead's look at one settled answer, and what the annotator says to it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.judgments import Judgment

# How long a returned answer may be changed.
RETURN_WINDOW = timedelta(days=7)


class Review(models.Model):
    """What a reviewer found in an answer, the annotator's reply, and the answer to that."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        RETURNED = "returned", "Returned"
        FIXED = "fixed", "Fixed"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="reviews")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    judgment = models.OneToOneField(Judgment, models.PROTECT, related_name="review")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Why it was drawn: watched, new or random (annotation/reviews/selectors.py).
    drawn_by = models.CharField(max_length=8)
    outcome = models.CharField(max_length=8, choices=Outcome)
    comment = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    reply = models.CharField(max_length=1000, blank=True)
    replied_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(outcome__in=["accepted", "returned", "fixed"]),
                name="review_outcome_known",
            ),
            CheckConstraint(
                condition=Q(outcome="accepted") | ~Q(comment=""), name="review_says_why"
            ),
            CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(replied_at__isnull=False),
                name="review_answers_a_reply",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "-created_at"], name="review_history")]

    def __str__(self) -> str:
        return f"{self.judgment}: {self.outcome}"
