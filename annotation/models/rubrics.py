"""Rubrics: versioned, with dimensions, levels and sub-criteria as data."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign

# Wording of the criteria: as what is wrong, or as what should hold.
FAULT, QUALITY = "fault", "quality"
WORDINGS = (FAULT, QUALITY)


class Rubric(models.Model):
    """One version of a campaign's rubric. A published version never changes (trigger)."""

    class CriteriaWording(models.TextChoices):
        FAULT = FAULT, "what is wrong"
        QUALITY = QUALITY, "what should hold"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="rubrics")
    version = models.SmallIntegerField()
    criteria_wording = models.CharField(
        max_length=7, choices=CriteriaWording, db_default=CriteriaWording.FAULT
    )
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign", "version"], name="rubric_version_unique"),
            UniqueConstraint(
                fields=["campaign"],
                condition=Q(published_at__isnull=True),
                name="rubric_one_draft",
            ),
            CheckConstraint(
                condition=Q(criteria_wording__in=WORDINGS), name="rubric_wording_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} rubric {self.version}"


class Dimension(models.Model):
    """One quality that every candidate is scored on, independently of the others."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="dimensions")
    position = models.SmallIntegerField()
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=60)
    question = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["rubric", "slug"], name="dimension_slug_unique"),
            UniqueConstraint(fields=["rubric", "position"], name="dimension_position_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """One step of a dimension's scale, 1 (worst) to 4 (best)."""

    dimension = models.ForeignKey(Dimension, models.CASCADE, related_name="levels")
    value = models.SmallIntegerField()
    name = models.CharField(max_length=40)
    text = models.TextField()

    class Meta:
        ordering = ["value"]
        constraints = [
            UniqueConstraint(fields=["dimension", "value"], name="level_value_unique"),
            CheckConstraint(condition=Q(value__range=(1, 4)), name="level_1_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.name}"


class Criterion(models.Model):
    """One thing that can fail within a dimension; the version says how it is worded."""

    dimension = models.ForeignKey(Dimension, models.CASCADE, related_name="criteria")
    position = models.SmallIntegerField()
    name = models.CharField(max_length=60)
    text = models.TextField()

    class Meta:
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["dimension", "position"], name="criterion_position_unique")
        ]

    def __str__(self) -> str:
        return self.name
