"""What adjudicators decided about contested comparisons, and why people had disagreed."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.comparisons import Comparison
from annotation.models.judgments import Judgment


class Decision(models.Model):
    """What an adjudicator decided after seeing the votes. Written once, never changed.

    first: the answer given before seeing the votes. final: the same answer when it was kept, else
    the one that supersedes it.
    """

    class Cause(models.TextChoices):
        AMBIGUOUS = "ambiguous", "Ambiguous instruction"
        GAP = "gap", "Gap in the rubric"
        HARD = "hard", "Hard to see"
        MISTAKE = "mistake", "Mistake"
        TASTE = "taste", "Taste"
        BAD_ITEM = "bad_item", "Bad item"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="decisions")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="decisions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    first = models.OneToOneField(Judgment, models.PROTECT, related_name="decision")
    final = models.OneToOneField(Judgment, models.PROTECT, related_name="settles")
    cause = models.CharField(max_length=10, choices=Cause)
    note = models.CharField(max_length=1000, blank=True)
    # False: left to taste on purpose; the label stays what the votes give.
    is_resolved = models.BooleanField(default=True)
    # Why the comparison was contested when it was decided (adjudication/selectors/reasons.py).
    contested_by = ArrayField(models.CharField(max_length=14), default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(cause__in=["ambiguous", "gap", "hard", "mistake", "taste", "bad_item"]),
                name="decision_cause_known",
            ),
            CheckConstraint(
                condition=Q(is_resolved=True) | Q(cause="taste"),
                name="decision_unresolved_is_taste",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "-created_at"], name="decision_history")]

    def __str__(self) -> str:
        return f"{self.comparison}: {self.cause}"

    @property
    def is_kept(self) -> bool:
        """Whether the first answer was kept after seeing the votes."""
        return self.first_id == self.final_id
