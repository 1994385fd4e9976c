"""Items, their versions and imports, as the lead's pages show them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.db.models.fields.json import KT

from annotation.models import (
    Campaign,
    Candidate,
    Comparison,
    Generator,
    ImportBatch,
    Item,
    Judgment,
)
from jobs.models import Job

SHOWN = ("used", "withdrawn", "all")
ARMS = ("", "random", "held_out", "other")


@dataclass(frozen=True)
class ItemFilter:
    """Which items to show; empty fields filter nothing."""

    text: str = ""
    shown: str = "used"
    arm: str = ""
    generator: str = ""
    category: str = ""
    # The public id of an import: show the items that it created or extended.
    batch: UUID | None = None


@dataclass(frozen=True)
class Effect:
    """The number of rows that a withdrawal or a correction takes out of use."""

    n_comparisons: int
    n_judgments: int


@dataclass(frozen=True)
class ImportRow:
    """An import and its job, when it has one."""

    batch: ImportBatch
    job: Job | None


def items_of(campaign: Campaign, wanted: ItemFilter) -> QuerySet[Item]:
    """Return a campaign's items in order of creation, each with source and candidates.

    `shown_candidates` holds the candidates in use, or all of them for a withdrawn item.
    """
    found = Item.objects.filter(campaign=campaign)
    if wanted.text:
        found = found.filter(instruction__icontains=wanted.text)
    if wanted.shown != "all":
        found = found.filter(withdrawn_at__isnull=wanted.shown == "used")
    if wanted.category:
        found = found.filter(category=wanted.category)
    if wanted.generator:
        mine = Candidate.objects.filter(
            generator__name=wanted.generator, item__campaign=campaign, withdrawn_at__isnull=True
        )
        found = found.filter(pk__in=mine.values("item"))
    if wanted.batch is not None:
        added = Candidate.objects.filter(batch__public_id=wanted.batch).values("item")
        found = found.filter(Q(batch__public_id=wanted.batch) | Q(pk__in=added))
    found = found.filter(_arm(wanted.arm))
    return found.select_related("source").prefetch_related(_candidates()).order_by("pk")


def _arm(arm: str) -> Q:
    if arm == "random":
        return Q(random_arm=True, held_out=False)
    if arm == "held_out":
        return Q(held_out=True)
    return Q(random_arm=False) if arm == "other" else Q()


def _candidates() -> "Prefetch[str]":
    in_use = Q(withdrawn_at__isnull=True) | Q(item__withdrawn_at__isnull=False)
    rows = Candidate.objects.filter(in_use).select_related("generator", "image").order_by("pk")
    return Prefetch("candidates", queryset=rows, to_attr="shown_candidates")


def candidates_of(item: Item) -> list[Candidate]:
    """Return an item's candidates of every version, those in use first."""
    return sorted(
        item.candidates.select_related("generator", "image"),
        key=lambda candidate: (candidate.withdrawn_at is not None, candidate.pk),
    )


def item_counts(campaign: Campaign) -> dict[str, int]:
    """Return how many items are in use and withdrawn, and of how many sources."""
    used = Q(withdrawn_at__isnull=True)
    return Item.objects.filter(campaign=campaign).aggregate(
        used=Count("pk", filter=used),
        withdrawn=Count("pk", filter=~used),
        sources=Count("source", filter=used, distinct=True),
    )


def generator_names(campaign: Campaign) -> list[str]:
    """Return the distinct names of a campaign's generators."""
    names = Generator.objects.filter(campaign=campaign).order_by("name").values_list("name")
    return [name for (name,) in names.distinct()]


def categories(campaign: Campaign) -> list[str]:
    """Return the distinct categories of a campaign's items."""
    found = Item.objects.filter(campaign=campaign).exclude(category="").order_by("category")
    return [name for (name,) in found.values_list("category").distinct()]


def languages(campaign: Campaign) -> list[str]:
    """Return the distinct languages of a campaign's items."""
    found = Item.objects.filter(campaign=campaign).exclude(language="").order_by("language")
    return [name for (name,) in found.values_list("language").distinct()]


def versions_of(row: Item | Candidate) -> list[Any]:
    """Return every version of an item or a candidate, oldest first. A query a version."""
    versions: list[Any] = [row]
    while versions[0].supersedes is not None:
        versions.insert(0, versions[0].supersedes)
    while (later := getattr(versions[-1], "superseded_by", None)) is not None:
        versions.append(later)
    return versions


def effect_on(row: Item | Candidate) -> Effect:
    """Return what withdrawing an item or a candidate takes out of use."""
    shown = Comparison.objects.filter(withdrawn_at__isnull=True)
    if isinstance(row, Item):
        shown = shown.filter(item=row)
    else:
        shown = shown.filter(item_id=row.item_id, candidate_ids__contains=[row.pk])
    judged = Judgment.objects.filter(comparison__in=shown, supersedes__isnull=True)
    return Effect(shown.count(), judged.count())


def imports_of(campaign: Campaign) -> QuerySet[ImportBatch]:
    """Return a campaign's imports, newest first, without their report's lines."""
    return (
        ImportBatch.objects.filter(campaign=campaign)
        .select_related("created_by")
        .annotate(
            counts=F("report__counts"),
            error=KT("report__error"),
            why_refused=KT("report__why_refused"),
        )
        .defer("report")
        .order_by("-pk")
    )


def with_jobs(batches: list[ImportBatch]) -> list[ImportRow]:
    """Put each import beside its job. One query."""
    jobs = Job.objects.in_bulk(
        [batch.job_id for batch in batches if batch.job_id], field_name="public_id"
    )
    return [ImportRow(batch, jobs.get(batch.job_id)) for batch in batches]
