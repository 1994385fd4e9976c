"""Training runs, trained models, and their rewards.

Campaigns are referenced by public id, images and instructions by hash, without foreign keys into
the annotation app. So rewards survive a re-import and apply to every pool with the same images.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Now

from annotation.items.imaging.presentation import OWN, SOURCE, Presentation


class TrainingRun(models.Model):
    """One training on one snapshot: a final model, and one per fold for out-of-fold rewards."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    campaign = models.UUIDField()
    backbone = models.CharField(max_length=40)
    # The named configuration it was started with; empty for settings from a file.
    configuration = models.CharField(max_length=80, blank=True)
    config = models.JSONField()
    # The model whose weights it started from.
    started_from = models.ForeignKey(
        "RewardModel", models.PROTECT, null=True, related_name="successors"
    )
    code_version = models.CharField(max_length=40, blank=True)
    target = models.CharField(max_length=10)
    n_folds = models.SmallIntegerField()
    # Set by the worker before the first step, so that a resumed run uses the same data.
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    # The size at which people saw the edits of that snapshot, and its models read them: OWN or
    # SOURCE of `annotation/items/imaging/presentation.py`.
    edit_size = models.CharField(max_length=10, default=OWN)
    # The watermarks that people did not see on them, nor its models.
    watermarks = ArrayField(models.CharField(max_length=80), default=list)
    job_id = models.UUIDField(null=True)
    # Accuracies with n and interval, controls, calibration and check once it is done; `notes` from
    # its first batches on.
    metrics = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # At least three folds: with two, a fold model would train on half of the sources.
            CheckConstraint(condition=Q(n_folds__range=(3, 10)), name="run_folds_3_to_10"),
            CheckConstraint(condition=Q(target__in=["scores", "verdict"]), name="run_target_known"),
            CheckConstraint(condition=Q(edit_size__in=[OWN, SOURCE]), name="run_edit_size_known"),
        ]
        indexes = [models.Index(fields=["campaign", "-id"], name="run_by_campaign")]

    def __str__(self) -> str:
        return f"run {self.public_id}"

    @property
    def presentation(self) -> Presentation:
        """How its models read pictures: as people see them, or as the official code does."""
        reading = self.config.get("model", {}).get("reading", "shown")
        if reading != "shown":
            return Presentation(decoder=reading)
        return Presentation(size=self.edit_size, masked=tuple(self.watermarks))


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
    """A trained model; its checkpoint is in the media storage."""

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
    # The person who promoted it by hand; NULL if the champion check promoted it.
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    # The reason for a promotion by hand; empty if the champion check promoted it.
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
    """A model's reward of an edit: mean and log standard deviation per dimension and fused.

    presentation: hash of how its pictures were read, see `annotation/items/imaging`. Rewards of
    another presentation are never used; the next rescoring adds new ones.
    """

    model = models.ForeignKey(RewardModel, models.CASCADE, related_name="rewards")
    source_sha256 = models.CharField(max_length=64)
    edit_sha256 = models.CharField(max_length=64)
    instruction_sha256 = models.CharField(max_length=64)
    presentation_sha256 = models.CharField(max_length=64)
    mu = ArrayField(models.FloatField())
    log_sigma = ArrayField(models.FloatField())
    reward = models.FloatField()
    log_sigma_fused = models.FloatField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=[
                    "model",
                    "source_sha256",
                    "edit_sha256",
                    "instruction_sha256",
                    "presentation_sha256",
                ],
                name="reward_unique",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reward:.3f} by {self.model_id}"


class BenchmarkRun(models.Model):
    """One scorer measured on one public benchmark: what was read, by which code, and the table."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    benchmark = models.CharField(max_length=40)
    # As it was named: model:PATH_OR_ID, judge:SETTINGS, random:SEED or human.
    scorer = models.CharField(max_length=400)
    # Hash of the data files' names and contents.
    data_sha256 = models.CharField(max_length=64)
    code_version = models.CharField(max_length=40)
    n_replicates = models.IntegerField()
    # Edits or pairs without an answer, with the reason.
    missing = models.JSONField(default=dict)
    # Every number with its interval, see `benchmarks/report.py`.
    lines = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    # Calls, tokens and cost of a judge.
    usage = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(n_replicates__gt=0), name="benchmark_run_replicates")
        ]
        indexes = [models.Index(fields=["benchmark", "-id"], name="benchmark_run_by_name")]

    def __str__(self) -> str:
        return f"{self.scorer} on {self.benchmark}"
