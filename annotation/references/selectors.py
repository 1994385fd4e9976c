"""Reference answers: which comparisons have one, the guide's worked examples, and lessons."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.urls import reverse

from annotation.answers.context import rubric_words
from annotation.common.media import SOURCE
from annotation.common.served_sizes import ServedSizes
from annotation.models import (
    Assignment,
    Campaign,
    Candidate,
    Comparison,
    Item,
    Lane,
    QueueEntry,
    ReferenceAnswer,
    User,
)
from annotation.queue.selectors.queue import avoids_sensitive

Use = ReferenceAnswer.Use
LANES = {Use.TRAINING: Lane.TRAINING, Use.GOLD: Lane.GOLD}
LETTERS = "ABCD"


@dataclass(frozen=True)
class ExampleEdit:
    """One edit of a worked example. levels: per dimension its name, the score, the level's name.

    candidate: its public id, for the lead's pages only.
    """

    letter: str
    candidate: UUID
    picture: dict[str, Any]
    levels: list[tuple[str, int, str]]
    rank: int


@dataclass(frozen=True)
class Example:
    """A worked example as the guide shows it: in canonical order, without any name."""

    public_id: UUID
    instruction: str
    sensitive: str
    source: dict[str, Any]
    edits: list[ExampleEdit]
    tie_kind: str | None
    explanation: str


@dataclass(frozen=True)
class ReferenceLine:
    """One reference answer as a lead sees it. problem: why it is shown to nobody, or ""."""

    reference: ReferenceAnswer
    example: Example
    problem: str
    n_answers: int


def blocking_references() -> QuerySet[ReferenceAnswer]:
    """Return, for an outer query over comparisons, the references that keep them from counting.

    These are the standing references, and the withdrawn ones whose answer somebody may have seen.
    """
    served = Assignment.objects.filter(comparison=OuterRef("comparison"), lane__in=LANES.values())
    return ReferenceAnswer.objects.filter(
        Q(withdrawn_at__isnull=True) | Q(use=Use.EXAMPLE) | Exists(served),
        comparison=OuterRef("pk"),
    )


def with_reference(comparison_ids: Collection[int]) -> set[int]:
    """Return which of these comparisons a reference answer keeps from counting. One query."""
    found = Comparison.objects.filter(Exists(blocking_references()), pk__in=comparison_ids)
    return set(found.values_list("pk", flat=True))


def uses_of(comparison_ids: Collection[int]) -> dict[int, str]:
    """Return the use of each comparison's standing reference, by comparison. One query."""
    standing = _standing().filter(comparison__in=comparison_ids)
    return dict(standing.values_list("comparison", "use"))


def lesson(assignment_id: int, shown_order: Sequence[int], slugs: Collection[str]) -> Any:
    """Return the explained answer to a training assignment, by screen position; None without one.

    slugs: the dimensions that the person was asked about; others are left out.
    """
    reference = _standing().filter(comparison__assignments=assignment_id, use=Use.TRAINING)
    found = reference.first()
    return None if found is None else lesson_of(found, shown_order, slugs)


def lesson_of(
    reference: ReferenceAnswer, shown_order: Sequence[int], slugs: Collection[str]
) -> dict[str, Any]:
    """Return a reference answer by screen position, as the submit's reply carries it."""
    dimensions = rubric_words(reference.rubric_id)["dimensions"]
    return {
        "scores": {
            each["slug"]: [reference.scores[index][at] for index in shown_order]
            for at, each in enumerate(dimensions)
            if each["slug"] in slugs
        },
        "ranks": [reference.ranks[index] for index in shown_order],
        "tie_kind": reference.tie_kind,
        "explanation": reference.explanation,
    }


def training_references(comparison_ids: Collection[int]) -> dict[int, ReferenceAnswer]:
    """Return the standing training references of comparisons, by comparison. One query."""
    found = _standing().filter(comparison__in=comparison_ids, use=Use.TRAINING)
    return {reference.comparison_id: reference for reference in found}


def examples_for(campaign: Campaign, person: User) -> list[Example]:
    """Return the campaign's worked examples, oldest first, for anybody who judges there.

    Left out are withdrawn pictures, and sensitive items for people who chose never to see them. Two
    queries, plus those for rubrics that are not cached.
    """
    shown = _standing().filter(
        campaign=campaign,
        use=Use.EXAMPLE,
        comparison__withdrawn_at__isnull=True,
        comparison__item__withdrawn_at__isnull=True,
    )
    if avoids_sensitive(person):
        shown = shown.filter(comparison__item__sensitive="")
    return as_examples(campaign, list(shown))


def references_of(campaign: Campaign) -> dict[str, list[ReferenceLine]]:
    """Return a campaign's standing references by use, oldest first, as its lead sees them."""
    rows = list(_standing().filter(campaign=campaign).select_related("created_by", "rubric"))
    ids = [row.comparison_id for row in rows]
    offered = set(
        QueueEntry.objects.filter(comparison__in=ids, slot__isnull=True).values_list(
            "comparison", "lane"
        )
    )
    answered: dict[int, int] = {}
    done = Assignment.objects.filter(
        comparison__in=ids, lane__in=LANES.values(), state=Assignment.State.SUBMITTED
    )
    for pk in done.values_list("comparison", flat=True):
        answered[pk] = answered.get(pk, 0) + 1
    lines: dict[str, list[ReferenceLine]] = {str(use): [] for use in Use}
    for row, example in zip(rows, as_examples(campaign, rows), strict=True):
        problem = _problem(row, offered)
        lines[row.use].append(
            ReferenceLine(row, example, problem, answered.get(row.comparison_id, 0))
        )
    return lines


def candidates_shown(comparison: Comparison) -> list[Candidate]:
    """Return the candidates of a comparison in its canonical order. One query."""
    found = Candidate.objects.in_bulk(comparison.candidate_ids)
    return [found[pk] for pk in comparison.candidate_ids]


def reference_for_lead(campaign: Campaign, public_id: UUID) -> ReferenceAnswer:
    """Return a reference of a campaign that was fetched for its lead."""
    found = ReferenceAnswer.objects.filter(campaign=campaign, public_id=public_id).first()
    if found is None:
        raise Http404("No such reference answer.")
    return found


def _standing() -> QuerySet[ReferenceAnswer]:
    return (
        ReferenceAnswer.objects.filter(withdrawn_at__isnull=True)
        .select_related("comparison__item__source")
        .order_by("pk")
    )


def _problem(row: ReferenceAnswer, offered: Collection[tuple[int, str]]) -> str:
    comparison = row.comparison
    if comparison.withdrawn_at or comparison.item.withdrawn_at:
        return "Its pictures were withdrawn."
    if row.use in LANES and (row.comparison_id, LANES[Use(row.use)]) not in offered:
        return "It is no longer offered: people could not judge it."
    return ""


def as_examples(campaign: Campaign, rows: Sequence[ReferenceAnswer]) -> list[Example]:
    """Return reference answers, stored or not, as the guide shows them. Two queries."""
    wanted = {pk for row in rows for pk in row.comparison.candidate_ids}
    candidates = Candidate.objects.filter(pk__in=wanted).select_related("image").in_bulk()
    served = ServedSizes(
        (campaign, row.comparison.item.source, candidates[pk].image)
        for row in rows
        for pk in row.comparison.candidate_ids
    )

    def size_of(row: ReferenceAnswer, pk: int) -> tuple[int, int]:
        return served.of(campaign, row.comparison.item.source, candidates[pk].image)

    return [_example(row, candidates, size_of) for row in rows]


def _example(
    row: ReferenceAnswer,
    candidates: Mapping[int, Candidate],
    size_of: Callable[[ReferenceAnswer, int], tuple[int, int]],
) -> Example:
    item: Item = row.comparison.item
    dimensions = rubric_words(row.rubric_id)["dimensions"]
    names = [{level["value"]: level["name"] for level in each["levels"]} for each in dimensions]
    edits = [
        ExampleEdit(
            letter=LETTERS[index],
            candidate=candidates[pk].public_id,
            picture=_picture(row.public_id, size_of(row, pk), str(index)),
            levels=[
                (each["name"], score, names[at].get(score, ""))
                for at, (each, score) in enumerate(zip(dimensions, row.scores[index], strict=True))
            ],
            rank=row.ranks[index],
        )
        for index, pk in enumerate(row.comparison.candidate_ids)
    ]
    return Example(
        public_id=row.public_id,
        instruction=item.instruction,
        sensitive=item.sensitive,
        source=_picture(row.public_id, (item.source.width, item.source.height), SOURCE),
        edits=edits,
        tie_kind=row.tie_kind,
        explanation=row.explanation,
    )


def _picture(public_id: UUID, size: tuple[int, int], picture: str) -> dict[str, Any]:
    urls = [
        reverse(
            "reference-image",
            kwargs={"public_id": public_id, "picture": picture, "variant": variant},
        )
        for variant in ("fit", "full")
    ]
    return {"url": urls[0], "full_url": urls[1], "width": size[0], "height": size[1]}
