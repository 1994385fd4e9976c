"""Pairs of candidates that look alike, and what a lead decided about each."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from annotation.models.items import Candidate, Item


class LookAlike(models.Model):
    """Two candidates of an item that a person would hardly tell apart.

    luma, colour, sharpness: as in items/imaging/likeness.py, of the fit views.
    """

    class Choice(models.TextChoices):
        CAMPAIGN = "campaign", "As the campaign's setting says"
        LEAVE_OUT = "leave_out", "Leave out"
        COMPARE = "compare", "Compare"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="look_alikes")
    # The one has the lower id.
    one = models.ForeignKey(Candidate, models.PROTECT, related_name="+")
    other = models.ForeignKey(Candidate, models.PROTECT, related_name="+")
    luma = models.FloatField()
    colour = models.FloatField()
    sharpness = models.FloatField()
    choice = models.CharField(max_length=10, choices=Choice, default=Choice.CAMPAIGN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["one", "other"], name="look_alike_once"),
            CheckConstraint(condition=Q(one__lt=F("other")), name="look_alike_in_order"),
            CheckConstraint(
                condition=Q(choice__in=["campaign", "leave_out", "compare"]),
                name="look_alike_choice_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.other_id} of {self.item}"
