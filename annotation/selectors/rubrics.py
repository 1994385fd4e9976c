"""Reads of rubrics."""

from typing import Any

from annotation.models import Campaign, Rubric


def published_rubric(campaign: Campaign) -> Rubric | None:
    """Return the newest published version, the one that new leases are judged under."""
    return campaign.rubrics.filter(published_at__isnull=False).order_by("-version").first()


def draft_rubric(campaign: Campaign) -> Rubric | None:
    """Return the version that is being edited, if there is one."""
    return campaign.rubrics.filter(published_at__isnull=True).first()


def rubric_as_dict(rubric: Rubric) -> dict[str, Any]:
    """Return a rubric as plain data, as the API and snapshots carry it. Four queries."""
    dimensions = rubric.dimensions.prefetch_related("levels", "criteria")
    return {
        "version": rubric.version,
        "dimensions": [
            {
                "slug": dimension.slug,
                "name": dimension.name,
                "question": dimension.question,
                "levels": [
                    {"value": level.value, "name": level.name, "text": level.text}
                    for level in dimension.levels.all()
                ],
                "criteria": [
                    {"name": criterion.name, "text": criterion.text}
                    for criterion in dimension.criteria.all()
                ],
            }
            for dimension in dimensions
        ],
    }
