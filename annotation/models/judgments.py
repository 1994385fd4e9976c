"""Leases (assignments) and answers (judgments). Judgments are append-only, by trigger."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint, Value
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.comparisons import COUNTING_LANES, Comparison, Lane
from annotation.models.rubrics import Rubric

# The policy of an adjudication that only measures how far adjudicators agree with each other.
SECOND_READING = "second_reading"


class Assignment(models.Model):
    """A lease of one comparison to one annotator, with the order shown and the lane."""

    class State(models.TextChoices):
        LEASED = "leased", "Leased"
        SUBMITTED = "submitted", "Submitted"
        SURPLUS = "surplus", "Submitted after its slot was filled"
        EXPIRED = "expired", "Expired"
        RELEASED = "released", "Given back"
        SKIPPED = "skipped", "Skipped"
        # The slot stays written on it: the answer may be restored while the slot is free.
        SET_ASIDE = "set_aside", "Set aside by a lead"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="assignments")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Indexes of these begin other indexes below.
    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="assignments", db_index=False
    )
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", db_index=False
    )
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    lane = models.CharField(max_length=12, choices=Lane)
    policy = models.CharField(max_length=60)
    propensity = models.FloatField(null=True)
    # The slot held: 1 to overlap in the counting lanes, kept after expiry so that a late answer
    # can take the same slot again. NULL: no slot (other lanes, cannot-judge).
    slot = models.SmallIntegerField(null=True)
    # shown_order[i] = canonical index of the candidate at screen position i. Belongs to the slot:
    # everyone who is served this slot of the comparison sees this order.
    shown_order = ArrayField(models.SmallIntegerField())
    state = models.CharField(max_length=10, choices=State, default=State.LEASED)
    skip_reason = models.CharField(max_length=200, blank=True)
    leased_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["comparison", "slot"],
                condition=Q(state__in=["leased", "submitted"], slot__isnull=False),
                name="assignment_one_holder_per_slot",
            ),
            UniqueConstraint(
                fields=["comparison", "annotator"],
                condition=Q(state__in=["leased", "submitted"]) & ~Q(lane="repeat"),
                name="assignment_once_per_annotator",
            ),
            CheckConstraint(
                condition=Q(slot__isnull=True)
                | Q(slot__gte=1, lane__in=["coverage", "random", "disagreement"]),
                name="assignment_slot_in_counting_lanes",
            ),
            CheckConstraint(
                condition=Q(
                    state__in=[
                        "leased",
                        "submitted",
                        "surplus",
                        "expired",
                        "released",
                        "skipped",
                        "set_aside",
                    ]
                ),
                name="assignment_state_known",
            ),
            CheckConstraint(
                condition=Q(state="leased", closed_at__isnull=True)
                | (~Q(state="leased") & Q(closed_at__isnull=False)),
                name="assignment_closed_when_not_leased",
            ),
            CheckConstraint(
                condition=Q(shown_order__len__range=(2, 4)), name="assignment_order_2_to_4"
            ),
        ]
        indexes = [
            models.Index(
                fields=["annotator", "campaign", "leased_at"],
                condition=Q(state="leased"),
                name="assignment_open",
            ),
            # Two columns: an index on the person alone would make a lease read all their
            # assignments.
            models.Index(fields=["comparison", "annotator"], name="assignment_by_comparison"),
            models.Index(fields=["annotator", "campaign", "-leased_at"], name="assignment_history"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.public_id}"


class JudgmentQuerySet(models.QuerySet["Judgment"]):
    def in_force(self) -> "JudgmentQuerySet":
        """Keep answers that are neither superseded nor set aside nor surplus."""
        return self.filter(surplus=False, superseded_by__isnull=True, set_aside__isnull=True)

    def counting(self) -> "JudgmentQuerySet":
        """Keep the lanes that fill the overlap: coverage, random, disagreement."""
        return self.filter(lane__in=COUNTING_LANES)

    def deciding(self) -> "JudgmentQuerySet":
        """Keep adjudicated answers that make the label.

        Left out are second readings, and those that leave the comparison to taste on purpose.
        """
        return self.filter(lane=Lane.ADJUDICATION, ranks__isnull=False).exclude(
            Q(assignment__policy=SECOND_READING) | Q(settles__is_resolved=False)
        )


class Judgment(models.Model):
    """One submitted answer, in canonical candidate order. Never updated, never deleted.

    scores: (k, n_dimensions), in the rubric's dimension order; ranks: (k,), dense, 1 = best.
    Both NULL exactly when the annotator could not judge.
    """

    class TieKind(models.TextChoices):
        GOOD = "good", "All good"
        BAD = "bad", "All bad"

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="judgments")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client_id = models.UUIDField(unique=True)
    # Indexes of these begin other indexes below.
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="judgments", db_index=False)
    comparison = models.ForeignKey(
        Comparison, models.PROTECT, related_name="judgments", db_index=False
    )
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="judgments", db_index=False
    )
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="+")
    lane = models.CharField(max_length=12, choices=Lane)
    scores = ArrayField(ArrayField(models.SmallIntegerField()), null=True)
    ranks = ArrayField(models.SmallIntegerField(), null=True)
    tie_kind = models.CharField(max_length=4, choices=TieKind, null=True)  # noqa: DJ001 - NULL = no tie
    cannot_judge = models.CharField(max_length=200, blank=True)
    # Arrived after its slot was taken: stored, shown and paid, but not part of labels.
    surplus = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    # Time at work as the client claims it, and as the server counts it: an insert trigger sets
    # worked_ms from the claim and the time that passed, and worked_until, where that work ends.
    active_ms = models.IntegerField(null=True)
    worked_ms = models.IntegerField(null=True)
    worked_until = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)
    # What an answer says beyond scores and verdict, by canonical candidate: failed criteria,
    # strength, reasons, defect boxes, flagged (annotation/answers/remarks.py gives the shape).
    remarks = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    created_at = models.DateTimeField(db_default=Now())

    objects = JudgmentQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["assignment"],
                condition=Q(supersedes__isnull=True),
                name="judgment_one_first_answer",
            ),
            CheckConstraint(
                condition=Q(cannot_judge="", scores__isnull=False, ranks__isnull=False)
                | (~Q(cannot_judge="") & Q(scores__isnull=True, ranks__isnull=True)),
                name="judgment_scored_or_cannot_judge",
            ),
            CheckConstraint(
                condition=Q(tie_kind__isnull=True) | Q(tie_kind__in=["good", "bad"]),
                name="judgment_tie_kind_known",
            ),
            CheckConstraint(
                condition=Q(active_ms__isnull=True) | Q(active_ms__gte=0),
                name="judgment_active_time_not_negative",
            ),
            CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                name="judgment_not_its_own_successor",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "id"], name="judgment_by_campaign"),
            models.Index(fields=["comparison"], name="judgment_by_comparison"),
            models.Index(fields=["annotator", "campaign", "-created_at"], name="judgment_history"),
        ]

    def __str__(self) -> str:
        return f"judgment {self.public_id}"


class Reclaim(models.Model):
    """Answers of one person that a lead set aside at once; their slots went back to the queue.

    judgment_ids lists them for ever; the rows of SetAside are those that are set aside now.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="reclaims")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The period of the first answers, from `since` to before `until`; NULL = open.
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    judgment_ids = ArrayField(models.BigIntegerField())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    # Of the last undo; answers whose slot was judged again meanwhile stay set aside.
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "annotator", "-created_at"], name="reclaim_history")
        ]

    def __str__(self) -> str:
        return f"{len(self.judgment_ids)} answers of {self.annotator}: {self.reason}"


class SetAside(models.Model):
    """A judgment taken out of labels and agreement by a person, with the reason."""

    judgment = models.OneToOneField(Judgment, models.PROTECT, related_name="set_aside")
    reclaim = models.ForeignKey(Reclaim, models.PROTECT, null=True, related_name="set_asides")
    reason = models.CharField(max_length=300)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.judgment} set aside: {self.reason}"
