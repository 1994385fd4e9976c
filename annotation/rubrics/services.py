"""Write rubric drafts, publish them, and start the next version from the published one."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from annotation.common.events import record
from annotation.errors import DomainError, RubricIncomplete
from annotation.models import Campaign, Criterion, Dimension, Level, Rubric, User
from annotation.models.rubrics import FAULT
from annotation.rubrics.default import DEFAULT_RUBRIC, with_fault_words
from annotation.rubrics.selectors import draft_rubric, published_rubric, words_of
from annotation.rubrics.text import (
    DimensionText,
    digest,
    draft_problems,
    publish_problems,
)


def create_default_draft(*, campaign: Campaign) -> Rubric:
    """Give a new campaign version 1, a draft of the default rubric."""
    rubric = Rubric.objects.create(campaign=campaign, version=1)
    _write(rubric, DEFAULT_RUBRIC)
    return rubric


@transaction.atomic
def save_draft(
    *,
    campaign: Campaign,
    dimensions: Sequence[DimensionText],
    criteria_wording: str | None = None,
    seen: str | None = None,
) -> Rubric:
    """Replace the words of the draft. Texts may still be missing; names may not be too long.

    criteria_wording: `fault` or `quality`; None = unchanged. seen: digest of the texts that the
    editor started from; when somebody else changed the draft since, nothing is written. Raises
    RubricIncomplete and DomainError.
    """
    rubric = _locked_draft(campaign)
    if seen is not None and seen != digest(words_of(rubric), rubric.criteria_wording):
        raise DomainError(
            "Someone else changed the draft while you were editing it. Nothing was saved: copy "
            "your words, reload the page, and enter them again."
        )
    problems = draft_problems(dimensions)
    if problems:
        raise RubricIncomplete(problems)
    if criteria_wording is not None:
        rubric.criteria_wording = criteria_wording
        rubric.save(update_fields=["criteria_wording"])
    Dimension.objects.filter(rubric=rubric).delete()
    _write(rubric, dimensions)
    return rubric


@transaction.atomic
def publish_rubric(*, campaign: Campaign, actor: User | None) -> Rubric:
    """Publish the draft: new leases are judged under it, and it never changes again.

    Raises RubricIncomplete with every problem, or DomainError when there is no draft.
    """
    rubric = _locked_draft(campaign)
    problems = publish_problems(words_of(rubric))
    if problems:
        raise RubricIncomplete(problems)
    Rubric.objects.filter(pk=rubric.pk).update(published_at=Now(), published_by=actor)
    record(campaign, actor, "rubric_published", version=rubric.version)
    rubric.refresh_from_db()
    return rubric


@transaction.atomic
def save_and_publish(
    *,
    campaign: Campaign,
    dimensions: Sequence[DimensionText],
    actor: User | None,
    criteria_wording: str | None = None,
    seen: str | None = None,
) -> Rubric:
    """Save the texts and publish them; when a problem remains, do neither."""
    save_draft(
        campaign=campaign, dimensions=dimensions, criteria_wording=criteria_wording, seen=seen
    )
    return publish_rubric(campaign=campaign, actor=actor)


@transaction.atomic
def start_draft(*, campaign: Campaign) -> Rubric:
    """Return the draft, starting one from the published version where there is none."""
    _lock(campaign)
    draft = draft_rubric(campaign)
    if draft is not None:
        return draft
    published = published_rubric(campaign)
    newest = Rubric.objects.filter(campaign=campaign).aggregate(Max("version"))["version__max"]
    draft = Rubric.objects.create(
        campaign=campaign,
        version=(newest or 0) + 1,
        criteria_wording=published.criteria_wording if published else FAULT,
    )
    _write(draft, words_of(published) if published else DEFAULT_RUBRIC)
    return draft


@transaction.atomic
def adopt_fault_words(*, campaign: Campaign) -> Rubric:
    """Replace the earlier default criteria of the draft by the default criteria that name faults.

    Starts a draft where there is none. Raises DomainError where the criteria are other ones, and
    then changes nothing.
    """
    draft = start_draft(campaign=campaign)
    dimensions = with_fault_words(words_of(draft), draft.criteria_wording)
    if dimensions is None:
        raise DomainError("The criteria are no longer those of the earlier default rubric.")
    return save_draft(campaign=campaign, dimensions=dimensions, criteria_wording=FAULT)


@transaction.atomic
def discard_draft(*, campaign: Campaign) -> None:
    """Delete the draft. Raises DomainError when no version is published: one must remain."""
    rubric = _locked_draft(campaign)
    if published_rubric(campaign) is None:
        raise DomainError("The first version cannot be discarded: no other one is published.")
    rubric.delete()


def _lock(campaign: Campaign) -> None:
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)


def _locked_draft(campaign: Campaign) -> Rubric:
    _lock(campaign)
    rubric = draft_rubric(campaign)
    if rubric is None:
        raise DomainError("There is no draft: start a new version first.")
    return rubric


def _write(rubric: Rubric, dimensions: Sequence[DimensionText]) -> None:
    rows = Dimension.objects.bulk_create(
        Dimension(rubric=rubric, position=i, slug=d.slug, name=d.name, question=d.question)
        for i, d in enumerate(dimensions)
    )
    pairs = list(zip(rows, dimensions, strict=True))
    Level.objects.bulk_create(
        Level(dimension=row, value=level.value, name=level.name, text=level.text)
        for row, dimension in pairs
        for level in dimension.levels
    )
    Criterion.objects.bulk_create(
        Criterion(dimension=row, position=i, name=one.name, text=one.text)
        for row, dimension in pairs
        for i, one in enumerate(dimension.criteria)
    )
