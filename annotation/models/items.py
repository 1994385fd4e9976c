"""Items (what is edited), generators (what edits) and candidates (the edits)."""

import uuid

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.models.functions import Now

from annotation.models.campaigns import Campaign
from annotation.models.images import StoredImage


class Generator(models.Model):
    """A model, at a version, that makes edits. Never shown to annotators."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="generators")
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["campaign", "name", "version"], name="generator_unique")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


class Item(models.Model):
    """A source image and an instruction. A correction is a new row that supersedes this one."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="items")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(StoredImage, models.PROTECT, related_name="+")
    instruction = models.TextField()
    instruction_sha256 = models.CharField(max_length=64)
    category = models.CharField(max_length=60, blank=True)
    # Of the instruction, as a BCP 47 tag; "" = unknown, for everybody.
    language = models.CharField(max_length=16, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    origin = models.CharField(max_length=500, blank=True)
    # Why people may not want to see it; "" = not sensitive. Its pictures are blurred at first.
    sensitive = models.CharField(max_length=100, blank=True, db_default="")
    # The generator whose edit the manifest states to be the best; "" = none. For leads only, as a
    # gold answer is.
    known_best = models.CharField(max_length=100, blank=True, db_default="")
    # The mask marks where the instruction asks for a change; same aspect ratio as the source.
    mask = models.ForeignKey(StoredImage, models.PROTECT, null=True, related_name="+")
    # The import that created it; NULL for a manual correction.
    batch = models.ForeignKey("ImportBatch", models.PROTECT, null=True, related_name="items")
    # Drawn from (campaign seed, source hash) at import, before any model exists.
    random_arm = models.BooleanField()
    held_out = models.BooleanField()
    # When its candidates were last searched for look-alikes; NULL = never.
    look_alikes_at = models.DateTimeField(null=True)
    version = models.SmallIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["campaign", "source", "instruction_sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="item_unique_while_used",
            ),
            CheckConstraint(
                condition=Q(held_out=False) | Q(random_arm=True),
                name="item_held_out_inside_random_arm",
            ),
            CheckConstraint(condition=~Q(instruction=""), name="item_has_instruction"),
            CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")),
                name="item_not_its_own_successor",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "id"], name="item_by_campaign")]

    def __str__(self) -> str:
        return self.instruction[:60]


class Candidate(models.Model):
    """One edited image of an item by one generator."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="candidates")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    generator = models.ForeignKey(Generator, models.PROTECT, related_name="candidates")
    seed = models.CharField(max_length=40, blank=True)
    image = models.ForeignKey(StoredImage, models.PROTECT, related_name="+")
    licence = models.CharField(max_length=100, blank=True)
    origin = models.CharField(max_length=500, blank=True)
    batch = models.ForeignKey("ImportBatch", models.PROTECT, null=True, related_name="candidates")
    version = models.SmallIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["item", "generator", "seed"],
                condition=Q(withdrawn_at__isnull=True),
                name="candidate_unique_while_used",
            )
        ]

    def __str__(self) -> str:
        return f"{self.generator} on {self.item}"


class ImportBatch(models.Model):
    """One import with its report."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="imports")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    filename = models.CharField(max_length=255)
    job_id = models.UUIDField(null=True)
    # Counts by outcome, and a line per row: file, row, outcome, reason.
    report = models.JSONField(default=dict)
    created_by = models.ForeignKey("annotation.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.filename

    @property
    def is_refused(self) -> bool:
        """Whether rows were refused and not one item was taken or there already."""
        return "why_refused" in self.report


class ChangeRegion(models.Model):
    """Where an item is meant to change, and how its candidates lie on the source.

    `made_of` is a digest of the candidates it was computed from: when they change, it is outdated.
    """

    class Kind(models.TextChoices):
        NONE = "none", "Unknown"
        CANDIDATES = "candidates", "What most candidates change"
        MASK = "mask", "The item's mask"

    item = models.OneToOneField(Item, models.PROTECT, related_name="change_region")
    kind = models.CharField(max_length=10, choices=Kind)
    # Storage name of a picture that is white in the region; "" for kind none.
    path = models.CharField(max_length=120, blank=True)
    # Candidate id → [right, down]: its shift against the source, in fractions of the size.
    shifts = models.JSONField(default=dict)
    made_of = models.CharField(max_length=64)
    # Error of the last try and number of failures in a row; "" and 0 after a success.
    failure = models.CharField(max_length=300, blank=True, default="", db_default="")
    n_failures = models.SmallIntegerField(default=0, db_default=0)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(kind="none", path="")
                | (Q(kind__in=["candidates", "mask"]) & ~Q(path="")),
                name="change_region_has_picture",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.item}"

    @property
    def tag(self) -> str:
        """Part of the picture's address; another picture has another one."""
        return self.path.rsplit("/", 1)[-1][:8]


class ItemReport(models.Model):
    """A report that an item's pictures are disturbing; a lead decides about it."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="reports")
    reporter = models.ForeignKey("annotation.User", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("annotation.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["item", "reporter"],
                condition=Q(resolved_at__isnull=True),
                name="item_report_once_while_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.reason}"
