"""Training runs, the models they made, and the rewards those gave.

A campaign is known by its public id and an image or instruction by its hash: no foreign key
reaches into the annotation app, so rewards outlive a re-import and serve any pool of images.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now


class TrainingRun(models.Model):
    """One training on one snapshot: a final model, and one per fold for honest disagreement."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.UUIDField()
    backbone = models.CharField(max_length=40)
    # The named configuration it was started with, empty for one of its own.
    configuration = models.CharField(max_length=80, blank=True)
    config = models.JSONField()
    # The model whose weights it went on from.
    started_from = models.ForeignKey(
        "RewardModel", models.PROTECT, null=True, related_name="successors"
    )
    code_version = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=10)
    n_folds = models.SmallIntegerField()
    # Set by the worker before the first step; a resumed run goes on with the same data.
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    job_id = models.UUIDField(null=True)
    # Accuracies with n and interval, as the run found them; empty until it is done.
    metrics = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Three folds at least: with two, every fold model sees only half of the sources.
            CheckConstraint(condition=Q(n_folds__range=(3, 10)), name="run_folds_3_to_10"),
            CheckConstraint(condition=Q(target__in=["scores", "verdict"]), name="run_target_known"),
        ]
        indexes = [models.Index(fields=["campaign", "-id"], name="run_by_campaign")]

    def __str__(self) -> str:
        return f"run {self.public_id}"


class RunPoint(models.Model):
    """One finished epoch of one stage of a run: a point of the curves."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="points")
    # The fold left out; -1 = the final model.
    fold = models.SmallIntegerField()
    epoch = models.SmallIntegerField()
    loss = models.FloatField()
    held_out_accuracy = models.FloatField(null=True)
    held_out_pairs = models.IntegerField()

    FINAL = -1

    class Meta:
        constraints = [
            UniqueConstraint(fields=["run", "fold", "epoch"], name="run_point_unique"),
            CheckConstraint(condition=Q(fold__gte=-1), name="run_point_fold"),
        ]

    def __str__(self) -> str:
        return f"{self.run}, fold {self.fold}, epoch {self.epoch}"


class RewardModel(models.Model):
    """A trained model in the registry; its checkpoint lies in the media storage."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.UUIDField()
    run = models.ForeignKey(TrainingRun, models.PROTECT, related_name="models")
    # NULL = trained on all training sources; else the fold left out, and its sources.
    fold = models.SmallIntegerField(null=True)
    fold_sources = ArrayField(models.CharField(max_length=64), default=list)
    dimensions = ArrayField(models.CharField(max_length=40))
    path = models.CharField(max_length=120)
    metrics = models.JSONField(default=dict)
    is_champion = models.BooleanField(default=False)
    promoted_at = models.DateTimeField(null=True)
    # Who made it the champion by hand; NULL where the champion check did.
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # Why somebody made it the champion by hand; empty where the champion check did.
    promotion_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["run", "fold"], name="model_one_per_fold", nulls_distinct=False
            ),
            UniqueConstraint(
                fields=["campaign"], condition=Q(is_champion=True), name="model_one_champion"
            ),
            CheckConstraint(
                condition=Q(is_champion=False) | Q(fold__isnull=True),
                name="model_champion_is_final",
            ),
            CheckConstraint(
                condition=Q(promoted_by__isnull=True) | ~Q(promotion_reason=""),
                name="model_promoted_by_hand_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"model {self.public_id}"


class Reward(models.Model):
    """What a model gives an edit: mean and log standard deviation per dimension and fused."""

    model = models.ForeignKey(RewardModel, models.CASCADE, related_name="rewards")
    source_sha256 = models.CharField(max_length=64)
    edit_sha256 = models.CharField(max_length=64)
    instruction_sha256 = models.CharField(max_length=64)
    mu = ArrayField(models.FloatField())
    log_sigma = ArrayField(models.FloatField())
    reward = models.FloatField()
    log_sigma_fused = models.FloatField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["model", "source_sha256", "edit_sha256", "instruction_sha256"],
                name="reward_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reward:.3f} by {self.model_id}"
