"""Reference answers: worked examples, training, gold."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.comparisons import Comparison
from annotation.models.rubrics import Rubric


class ReferenceAnswer(models.Model):
    """The reference answer to a comparison, in canonical order, with an explanation.

    scores: (k, n_dimensions); ranks: (k,), dense, 1 = best.
    """

    class Use(models.TextChoices):
        EXAMPLE = "example", "Worked example in the guide"
        TRAINING = "training", "Training, explained after the answer"
        GOLD = "gold", "Gold, mixed in silently"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="references")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="references")
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    use = models.CharField(max_length=10, choices=Use)
    scores = ArrayField(ArrayField(models.SmallIntegerField()))
    ranks = ArrayField(models.SmallIntegerField())
    tie_kind = models.CharField(max_length=4, null=True)  # noqa: DJ001 - NULL = no tie
    explanation = models.TextField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["comparison"],
                condition=Q(withdrawn_at__isnull=True),
                name="reference_one_per_comparison",
            ),
            CheckConstraint(
                condition=Q(use__in=["example", "training", "gold"]), name="reference_use_known"
            ),
            CheckConstraint(condition=~Q(explanation=""), name="reference_explains"),
        ]

    def __str__(self) -> str:
        return f"{self.use}: {self.comparison}"
