"""Comparisons, their queue, send-backs and signals of reward models."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Coalesce, Now

from annotation.models.campaigns import Campaign
from annotation.models.images import StoredImage
from annotation.models.items import Item
from annotation.snapshots.format import lanes


class Lane(models.TextChoices):
    """Why a comparison is served."""

    COVERAGE = "coverage", "Coverage"
    RANDOM = "random", "Random arm"
    DISAGREEMENT = "disagreement", "Disagreement"
    GOLD = "gold", "Gold"
    REPEAT = "repeat", "Repeat"
    TRAINING = "training", "Training"
    ADJUDICATION = "adjudication", "Adjudication"


COUNTING_LANES = tuple(map(Lane, lanes.COUNTING_LANES))


class Comparison(models.Model):
    """An item and 2 to 4 of its candidates, in canonical order (by image sha256, then id).

    A trigger checks that the candidates are distinct, belong to the item and are in canonical
    order.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="comparisons")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="comparisons")
    candidate_ids = ArrayField(models.BigIntegerField())
    # Judgments in force that are wanted; slots are numbered 1 to overlap.
    overlap = models.SmallIntegerField()
    # Set when two people could not judge it, or nobody is left to ask: the lead decides.
    held_at = models.DateTimeField(null=True)
    held_reason = models.CharField(max_length=100, blank=True)
    # Set when no further judgment is wanted, although slots are free: stopped early, adjudicated.
    settled_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["item", "candidate_ids"],
                condition=Q(withdrawn_at__isnull=True),
                name="comparison_unique_while_used",
            ),
            CheckConstraint(
                condition=Q(candidate_ids__len__range=(2, 4)), name="comparison_k_2_to_4"
            ),
            CheckConstraint(condition=Q(overlap__gte=1), name="comparison_overlap_positive"),
        ]
        indexes = [models.Index(fields=["campaign", "id"], name="comparison_by_campaign")]

    def __str__(self) -> str:
        return f"comparison {self.public_id}"

    @property
    def k(self) -> int:
        """Number of candidates."""
        return len(self.candidate_ids)


class QueueEntry(models.Model):
    """A row that may be leased: a free slot of a comparison, or a comparison offered by a lane.

    In the counting lanes a row is one free slot: a lease deletes it, a lease that ends without an
    answer inserts it again. Gold and training rows stay and serve each person once; a repeat
    belongs to one person; adjudication is leased once. See annotation/sql/slots.sql.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="queue", db_index=False)
    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="queue")
    # Of the item: a person never gets the same source twice in a row while there is another.
    source = models.ForeignKey(StoredImage, models.PROTECT, related_name="+", db_index=False)
    lane = models.CharField(max_length=12, choices=Lane)
    slot = models.SmallIntegerField(null=True)
    # The only person who may lease the row; NULL = anybody.
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Of the slot, never changed once it was leased; NULL = decided at the lease.
    shown_order = ArrayField(models.SmallIntegerField(), null=True)
    # Refill number + a hash, so that a lease reads the head of an index and never sorts.
    draw_key = models.FloatField()
    # A repeat is due after this time and after this number of serves of its person.
    not_before = models.DateTimeField(null=True)
    after_serves = models.IntegerField(null=True)
    policy = models.CharField(max_length=60)
    # Inclusion probability in this refill; NULL for a hand-picked send-back.
    propensity = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["comparison", "slot"],
                condition=Q(slot__isnull=False),
                name="queue_entry_one_per_slot",
            ),
            UniqueConstraint(
                fields=["comparison", "lane", "annotator"],
                condition=Q(slot__isnull=True),
                nulls_distinct=False,
                name="queue_entry_one_per_lane_and_person",
            ),
            CheckConstraint(
                condition=Q(
                    slot__gte=1,
                    shown_order__isnull=False,
                    lane__in=["coverage", "random", "disagreement"],
                )
                | Q(slot__isnull=True, lane__in=["gold", "repeat", "training", "adjudication"]),
                name="queue_entry_slots_in_counting_lanes",
            ),
            CheckConstraint(
                condition=Q(lane="repeat", annotator__isnull=False)
                | (~Q(lane="repeat") & Q(annotator__isnull=True)),
                name="queue_entry_repeats_have_annotator",
            ),
            CheckConstraint(
                condition=Q(propensity__isnull=True) | Q(propensity__gt=0, propensity__lte=1),
                name="queue_entry_propensity_is_probability",
            ),
        ]
        indexes = [
            models.Index(
                F("campaign"),
                F("lane"),
                Coalesce("annotator_id", 0),
                F("draw_key"),
                F("id"),
                name="queue_entry_by_draw_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.comparison} in {self.lane}"


class SendBack(models.Model):
    """A raise of a comparison's overlap, with its cause. Append-only."""

    comparison = models.ForeignKey(Comparison, models.PROTECT, related_name="send_backs")
    raised_by = models.SmallIntegerField()
    cause = models.CharField(max_length=200)
    model = models.CharField(max_length=64, blank=True)
    propensity = models.FloatField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(raised_by__gte=1), name="send_back_raises_overlap")
        ]

    def __str__(self) -> str:
        return f"{self.comparison} +{self.raised_by}: {self.cause}"


class ModelSignal(models.Model):
    """A value that a reward model gives a comparison. Only replace_signals writes it."""

    class Kind(models.TextChoices):
        SURPRISE = "surprise", "Out-of-fold −log probability of the votes"
        UNCERTAINTY = "uncertainty", "Standard deviation of the reward gap"

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="signals")
    model = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind)
    value = models.FloatField()
    priority = models.FloatField()
    # Mean reward per candidate, in canonical order, from the same models as `value`; [] = unknown.
    rewards = ArrayField(models.FloatField(), default=list, db_default=[])
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["comparison", "model", "kind"], name="signal_unique"),
            CheckConstraint(condition=Q(kind__in=["surprise", "uncertainty"]), name="signal_known"),
        ]
        indexes = [models.Index(fields=["model", "kind", "-priority"], name="signal_ranked")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value:.3f}"
