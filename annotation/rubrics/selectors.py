"""Read a campaign's rubric versions and their words."""

from dataclasses import asdict
from typing import Any

from annotation.models import Campaign, Dimension, Judgment, Rubric
from annotation.rubrics.default import with_fault_words
from annotation.rubrics.text import CriterionText, DimensionText, LevelText


def published_rubric(campaign: Campaign) -> Rubric | None:
    """Return the newest published version: the one new leases are judged under."""
    return (
        Rubric.objects.filter(campaign=campaign, published_at__isnull=False)
        .order_by("-version")
        .first()
    )


def draft_rubric(campaign: Campaign) -> Rubric | None:
    """Return the draft, if any; there is at most one."""
    return Rubric.objects.filter(campaign=campaign, published_at__isnull=True).first()


def rubric_versions(campaign: Campaign) -> list[Rubric]:
    """Return all versions, newest first, with who published them."""
    rubrics = Rubric.objects.filter(campaign=campaign).select_related("published_by")
    return list(rubrics.order_by("-version"))


def described_rubrics(campaign: Campaign) -> list[Rubric]:
    """Return the versions that answers were given under, oldest first.

    Without any answer: the newest published version alone, if there is one.
    """
    used = Judgment.objects.filter(campaign=campaign).values("rubric")
    found = list(Rubric.objects.filter(pk__in=used).order_by("version"))
    if found:
        return found
    newest = published_rubric(campaign)
    return [] if newest is None else [newest]


def judged_rubric(campaign: Campaign) -> Rubric | None:
    """Return the newest version with an answer that counts, None without one.

    Versions without counting answers are skipped: newer ones, and those with only surplus,
    withdrawn or unscored answers.
    """
    counting = Judgment.objects.in_force().counting().filter(campaign=campaign)
    used = counting.filter(scores__isnull=False).values("rubric")
    return Rubric.objects.filter(pk__in=used).order_by("-version").first()


def words_of(rubric: Rubric) -> tuple[DimensionText, ...]:
    """Return a version's dimensions in their order. Three queries."""
    dimensions = rubric.dimensions.order_by("position").prefetch_related("levels", "criteria")
    return tuple(
        DimensionText(
            slug=dimension.slug,
            name=dimension.name,
            question=dimension.question,
            levels=tuple(
                LevelText(level.value, level.name, level.text) for level in dimension.levels.all()
            ),
            criteria=tuple(CriterionText(c.name, c.text) for c in dimension.criteria.all()),
        )
        for dimension in dimensions
    )


def may_adopt_fault_words(rubric: Rubric | None) -> bool:
    """Whether a version has the criteria of the earlier default. Three queries."""
    if rubric is None:
        return False
    return with_fault_words(words_of(rubric), rubric.criteria_wording) is not None


def rubric_as_dict(rubric: Rubric) -> dict[str, Any]:
    """Return a version as plain data, as the API and snapshots carry it. Three queries."""
    return {
        "version": rubric.version,
        "criteria_wording": rubric.criteria_wording,
        "dimensions": [asdict(words) for words in words_of(rubric)],
    }


def dimension_names(campaign: Campaign) -> dict[str, str]:
    """Return the name of each dimension by slug, from the newest version that has it."""
    rows = Dimension.objects.filter(rubric__campaign=campaign).order_by("rubric__version")
    return dict(rows.values_list("slug", "name"))
