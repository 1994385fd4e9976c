"""Campaigns, their members and their events."""

import secrets
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint, Value
from django.db.models.functions import Now


def random_seed() -> int:
    """Return a fresh 63-bit seed: the largest range a signed bigint holds."""
    return secrets.randbits(63)


def default_lane_plan() -> list[str]:
    """Return a plan of fifty serves: every fourth is the random arm, the others alternate."""
    return [
        "random" if serve % 4 == 0 else "disagreement" if serve % 2 else "coverage"
        for serve in range(50)
    ]


class Campaign(models.Model):
    """One study: items, a rubric, people, and the rules under which they judge."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PILOT = "pilot", "Pilot"
        LIVE = "live", "Live"
        PAUSED = "paused", "Paused"
        CLOSED = "closed", "Closed"

    class Purpose(models.TextChoices):
        PREFERENCES = "preferences", "Preferences"
        GOLD = "gold", "Gold answers"
        BENCHMARK = "benchmark", "Benchmark"

    class Gamut(models.TextChoices):
        SRGB = "srgb", "sRGB"
        P3 = "p3", "Display P3"
        REC2020 = "rec2020", "Rec. 2020"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    seed = models.BigIntegerField(default=random_seed, editable=False)
    k = models.SmallIntegerField("candidates per comparison", default=2)
    overlap = models.SmallIntegerField("judgments per comparison", default=3)
    lease_minutes = models.SmallIntegerField(default=30)
    # Percent of sources; held-out sources are part of the random arm (docs/architecture.md).
    random_arm_percent = models.SmallIntegerField(default=20)
    held_out_percent = models.SmallIntegerField(default=10)
    # Target number of open comparisons in the disagreement lane, filled by a task; 0 = only by
    # hand.
    send_back_batch = models.SmallIntegerField(default=10)
    # The lane each of fifty serves in a row begins with; see queue/services/lanes.py.
    lane_plan = ArrayField(models.CharField(max_length=12), default=default_lane_plan)
    # Percent of comparisons that get the full overlap; the rest get one judgment.
    overlap_share = models.SmallIntegerField(default=100)
    # Ask one more person while an answered comparison has no majority, up to this overlap; 0 =
    # never.
    overlap_cap = models.SmallIntegerField(default=0)
    # Ask nobody else once no further judgment could change the majority.
    stop_early = models.BooleanField(default=False)
    # Answers a person may give in a day (UTC), and in all; NULL = any number.
    daily_cap = models.IntegerField(null=True)
    person_cap = models.IntegerField(null=True)
    # Percent of answers that are repeated to the same person, after both gaps (minutes, serves).
    repeat_percent = models.SmallIntegerField(default=0)
    repeat_after_minutes = models.IntegerField(default=1440)
    repeat_after_serves = models.IntegerField(default=150)
    # Judgments up to this id were already drawn from for repeats.
    repeats_drawn_to = models.BigIntegerField(default=0)
    # Minutes within which a person may revise an answer; 0 = never.
    revise_minutes = models.IntegerField(default=60)
    # Purpose of the answers: gold and benchmark campaigns have no views that hint at an answer.
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.PREFERENCES)
    # Offer the view of what changed outside the region that most edits of an item change.
    shows_outside = models.BooleanField(default=True)
    # Serve the edits of a comparison at the size of their source. Off where resolution is judged.
    one_size = models.BooleanField(default=True)
    # Marks of generators that are hidden on every picture, see items/imaging/watermarks.py.
    watermarks = ArrayField(models.CharField(max_length=80), default=list, db_default=[])
    # Leave comparisons with two look-alikes out of builds; a lead decides otherwise per pair.
    leave_out_look_alikes = models.BooleanField(default=False, db_default=False)
    # Ask how much better the preferred edit is (two candidates only).
    asks_strength = models.BooleanField(default=False)
    # Reasons offered beside the verdict, in the campaign's words.
    reason_chips = ArrayField(models.CharField(max_length=60), default=list)
    # The least screen for an answer; "" and NULL = any. In device pixels.
    least_gamut = models.CharField(max_length=8, choices=Gamut, blank=True)
    least_pane = models.SmallIntegerField(null=True)
    # Before any other work an annotator answers so many training comparisons, and so many percent
    # of the latest ones as expected; 0 = no gate.
    gate_answers = models.SmallIntegerField(default=0, db_default=0)
    gate_percent = models.SmallIntegerField(default=80, db_default=80)
    # By quality rule: "off", "tell" (the leads; so is a rule that is not named) or "do".
    rule_modes = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # Percent of adjudicated comparisons that a second adjudicator reads, to measure agreement.
    second_reading_percent = models.SmallIntegerField(default=10, db_default=10)
    # The rules have seen the judgments up to this id.
    rules_checked_to = models.BigIntegerField(default=0, db_default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(lane_plan__len=50), name="campaign_lane_plan_of_50"),
            CheckConstraint(condition=Q(overlap_share__range=(0, 100)), name="campaign_share"),
            CheckConstraint(
                condition=Q(overlap_cap=0) | Q(overlap_cap__range=(F("overlap"), 20)),
                name="campaign_overlap_cap",
            ),
            CheckConstraint(
                condition=(Q(daily_cap__isnull=True) | Q(daily_cap__gte=1))
                & (Q(person_cap__isnull=True) | Q(person_cap__gte=1)),
                name="campaign_caps_positive",
            ),
            CheckConstraint(
                condition=Q(
                    repeat_percent__range=(0, 100),
                    repeat_after_minutes__gte=0,
                    repeat_after_serves__gte=0,
                    revise_minutes__gte=0,
                ),
                name="campaign_gaps_not_negative",
            ),
            CheckConstraint(
                condition=Q(purpose__in=["preferences", "gold", "benchmark"]),
                name="campaign_purpose_known",
            ),
            CheckConstraint(
                condition=Q(least_gamut__in=["", "srgb", "p3", "rec2020"]),
                name="campaign_gamut_known",
            ),
            CheckConstraint(
                condition=Q(least_pane__isnull=True) | Q(least_pane__range=(64, 8192)),
                name="campaign_least_pane",
            ),
            CheckConstraint(
                condition=Q(gate_answers__range=(0, 100), gate_percent__range=(1, 100)),
                name="campaign_gate",
            ),
            CheckConstraint(condition=Q(send_back_batch__gte=0), name="campaign_send_back_batch"),
            CheckConstraint(
                condition=Q(second_reading_percent__range=(0, 100)),
                name="campaign_second_reading_percent",
            ),
            CheckConstraint(condition=Q(k__range=(2, 4)), name="campaign_k_2_to_4"),
            CheckConstraint(condition=Q(overlap__range=(1, 20)), name="campaign_overlap_1_to_20"),
            CheckConstraint(condition=Q(lease_minutes__range=(1, 1440)), name="campaign_lease"),
            CheckConstraint(
                condition=Q(random_arm_percent__range=(20, 100)), name="campaign_random_arm_floor"
            ),
            CheckConstraint(
                condition=Q(held_out_percent__gte=0)
                & Q(held_out_percent__lte=F("random_arm_percent")),
                name="campaign_held_out_inside_random_arm",
            ),
            CheckConstraint(
                condition=Q(state__in=["draft", "pilot", "live", "paused", "closed"]),
                name="campaign_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether work is handed out."""
        return self.state in {self.State.PILOT, self.State.LIVE}

    @property
    def is_adaptive(self) -> bool:
        """Whether the overlap of a comparison depends on its answers."""
        return self.stop_early or self.overlap_cap > 0


class Membership(models.Model):
    """One role of one person in one campaign, and the person's state in the queue."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator", "Annotator"
        ADJUDICATOR = "adjudicator", "Adjudicator"
        LEAD = "lead", "Lead"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    # The name under which this person appears in exports.
    pseudonym = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    paused_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    # When the person passed the campaign's gate, or a lead let them start; NULL = not yet.
    qualified_at = models.DateTimeField(null=True)
    # Number of serves, which decides the next lane. Only this person's requests write the columns
    # from here to random_debt.
    serves = models.IntegerField(default=0)
    # The campaign's plan in the person's own order, never sent; NULL = the campaign's order.
    own_plan = ArrayField(models.CharField(max_length=12), null=True)
    # Sum over serves of the canonically first candidate's position, counted from the middle
    # (annotation_order_offset). It decides the next order.
    position_bias_sum = models.IntegerField(default=0)
    # Id of the source that was served last.
    last_source = models.BigIntegerField(null=True)
    # By lane, the draw key at which the search for work begins.
    search_cursors = models.JSONField(default=dict)
    # True when a serve of the random arm was postponed: the next serve tries that arm first.
    random_debt = models.BooleanField(default=False)
    # Item categories and languages that the person is asked about; none = all.
    categories = ArrayField(models.CharField(max_length=60), default=list)
    languages = ArrayField(models.CharField(max_length=16), default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign", "user", "role"], name="membership_unique"),
            CheckConstraint(
                condition=Q(role__in=["annotator", "adjudicator", "lead"]),
                name="membership_role_known",
            ),
        ]
        indexes = [models.Index(fields=["user", "role"], name="membership_by_user")]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"


class CampaignEvent(models.Model):
    """A row of the audit log. Append-only, by a trigger.

    An action on a campaign, which its leads may see; without a campaign, one on an account.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    # Of the request during which it happened; "" in jobs and commands.
    request_id = models.CharField(max_length=128, blank=True, db_default="")
    # A network address; of IPv6 the /64.
    address = models.CharField(max_length=43, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "-created_at"], name="event_by_campaign"),
            models.Index(fields=["-created_at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.detail}"
