"""What an annotator is shown: assignments without anything that tells the generator."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models.functions import Now, TruncDay
from django.urls import reverse

from annotation.models import Assignment, Campaign, Candidate, Judgment, Rubric, StoredImage, User
from annotation.selectors.media import SOURCE
from annotation.selectors.queue import count_open
from annotation.selectors.rubrics import words_of

COUNT_TO = 1_000


def work_of(assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Return assignments as the API and the judging page show them, candidates as shown.

    The assignments come with campaign, comparison, item, source and rubric selected.
    """
    wanted = {pk for one in assignments for pk in one.comparison.candidate_ids}
    images = {
        candidate.pk: candidate.image
        for candidate in Candidate.objects.filter(pk__in=wanted).select_related("image")
    }
    rubrics = {one.rubric_id: one.rubric for one in assignments}
    words = {pk: rubric_of(rubric) for pk, rubric in rubrics.items()}
    return [_shown(one, images, words[one.rubric_id]) for one in assignments]


def rubric_of(rubric: Rubric) -> dict[str, Any]:
    """Return a rubric version with the words of its dimensions, levels and criteria."""
    return {"version": rubric.version, "dimensions": [asdict(one) for one in words_of(rubric)]}


def progress_of(campaign: Campaign, annotator: User) -> dict[str, Any]:
    """Return a person's answers today and in all, and how many comparisons wait for them.

    `open` counts to COUNT_TO; `open_is_more` says that there are more.
    """
    mine = Judgment.objects.filter(campaign=campaign, annotator=annotator)
    n_open = count_open(campaign, annotator, at_most=COUNT_TO + 1)
    return {
        "done_today": mine.filter(created_at__gte=TruncDay(Now())).count(),
        "mine": mine.count(),
        "open": min(n_open, COUNT_TO),
        "open_is_more": n_open > COUNT_TO,
    }


def _shown(
    assignment: Assignment, images: dict[int, StoredImage], rubric: dict[str, Any]
) -> dict[str, Any]:
    comparison = assignment.comparison
    shown = [images[comparison.candidate_ids[index]] for index in assignment.shown_order]
    return {
        "id": assignment.public_id,
        "instruction": comparison.item.instruction,
        "rubric": rubric,
        "source": _image(assignment, SOURCE, comparison.item.source),
        "candidates": [_image(assignment, str(i), image) for i, image in enumerate(shown)],
        "expires_at": assignment.expires_at,
    }


def _image(assignment: Assignment, place: str, image: StoredImage) -> dict[str, Any]:
    def url(variant: str) -> str:
        return reverse("assignment-image", args=[assignment.public_id, place, variant])

    return {
        "url": url("fit"),
        "full_url": url("full"),
        "width": image.width,
        "height": image.height,
    }
