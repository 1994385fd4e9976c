"""What never changes about an assignment, as an answer needs it; kept in this process."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import Http404

from annotation.models import Rubric
from annotation.rubric_text import Scale
from annotation.selectors.rubrics import rubric_as_dict

# An assignment's rubric, order and owner never change, and a published rubric never does, so
# nothing here can be out of date.
CONTEXT = """
SELECT a.id, a.rubric_id, a.shown_order, m.slug
  FROM annotation_assignment a JOIN annotation_campaign m ON m.id = a.campaign_id
 WHERE a.public_id = %s AND a.annotator_id = %s
"""


@dataclass(frozen=True)
class AnswerContext:
    """Which assignment an answer is for. shown_order: canonical index by screen position."""

    assignment_id: int
    rubric_id: int
    shown_order: tuple[int, ...]
    campaign: str


def answer_context(public_id: UUID, annotator_id: int) -> AnswerContext:
    """Return the context of a person's own assignment. Raises Http404 for any other."""
    context = _context(public_id, annotator_id)
    if context is None:
        # Not worth remembering: it may be made yet.
        raise Http404("No such assignment.")
    return context


class _Unknown(Exception):
    pass


def _context(public_id: UUID, annotator_id: int) -> AnswerContext | None:
    try:
        return _known_context(public_id, annotator_id)
    except _Unknown:
        return None


@lru_cache(maxsize=4096)
def _known_context(public_id: UUID, annotator_id: int) -> AnswerContext:
    with connection.cursor() as cursor:
        cursor.execute(CONTEXT, [public_id, annotator_id])
        row = cursor.fetchone()
    if row is None:
        raise _Unknown
    return AnswerContext(row[0], row[1], tuple(row[2]), row[3])


@lru_cache(maxsize=256)
def rubric_words(rubric_id: int) -> dict[str, Any]:
    """Return a published version as the API carries it. Not to be changed by the caller."""
    return rubric_as_dict(Rubric.objects.get(pk=rubric_id))


@lru_cache(maxsize=256)
def scales_of(rubric_id: int) -> tuple[Scale, ...]:
    """Return the dimensions of a published version as an answer sees them."""
    return tuple(
        Scale(dimension["slug"], frozenset(level["value"] for level in dimension["levels"]))
        for dimension in rubric_words(rubric_id)["dimensions"]
    )
