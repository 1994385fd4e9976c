"""The constant facts of an assignment that an answer needs, cached in this process."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any
from uuid import UUID

from django.http import Http404

from annotation.common.hot_path import fetch_rows
from annotation.models import Rubric
from annotation.rubrics.selectors import rubric_as_dict
from annotation.rubrics.text import Scale

# An assignment's rubric, shown order and annotator never change, and neither does a published
# rubric. So the cache is never out of date.
CONTEXT = """
SELECT a.id, a.rubric_id, a.shown_order, m.slug
  FROM annotation_assignment a JOIN annotation_campaign m ON m.id = a.campaign_id
 WHERE a.public_id = %s AND a.annotator_id = %s
"""
MAX_KNOWN = 4096


@dataclass(frozen=True)
class AnswerContext:
    """Which assignment an answer is for. shown_order: canonical index by screen position."""

    assignment_id: int
    rubric_id: int
    shown_order: tuple[int, ...]
    campaign: str


_known: dict[tuple[UUID, int], AnswerContext] = {}
_known_lock = Lock()


def answer_context(public_id: UUID, annotator_id: int) -> AnswerContext:
    """Return the context of a person's own assignment. Raises Http404 for any other."""
    context = _known.get((public_id, annotator_id))
    if context is not None:
        return context
    rows = fetch_rows(CONTEXT, [public_id, annotator_id])
    if not rows:
        # Not cached: the assignment may be created later.
        raise Http404("No such assignment.")
    assignment_id, rubric_id, shown_order, campaign = rows[0]
    context = AnswerContext(assignment_id, rubric_id, tuple(shown_order), campaign)
    remember_context(public_id, annotator_id, context)
    return context


def remember_context(public_id: UUID, annotator_id: int, context: AnswerContext) -> None:
    """Cache the context of a lease, so that submitting its answer needs no query for it."""
    with _known_lock:
        if len(_known) >= MAX_KNOWN:
            del _known[next(iter(_known))]
        _known[public_id, annotator_id] = context


@lru_cache(maxsize=256)
def rubric_words(rubric_id: int) -> dict[str, Any]:
    """Return a published version as in the API. The caller must not modify it: it is cached."""
    return rubric_as_dict(Rubric.objects.get(pk=rubric_id))


@lru_cache(maxsize=256)
def scales_of(rubric_id: int) -> tuple[Scale, ...]:
    """Return the dimensions of a published version as an answer sees them."""
    return tuple(
        Scale(
            dimension["slug"],
            frozenset(level["value"] for level in dimension["levels"]),
            n_criteria=len(dimension["criteria"]),
        )
        for dimension in rubric_words(rubric_id)["dimensions"]
    )
