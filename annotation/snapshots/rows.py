"""Rows of the canonical tables, in chunks of database ids.

Each chunk is read by short statements: no transaction stays open during a whole freeze, so vacuum
keeps up while people judge. Labels are resolved from the judgments of the same chunk, so the two
tables never contradict each other.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Max, QuerySet

from annotation.answers.context import rubric_words
from annotation.answers.remarks import with_criterion_names
from annotation.models import (
    COUNTING_LANES,
    Campaign,
    Candidate,
    Comparison,
    Dimension,
    Item,
    Judgment,
    Membership,
    ReferenceAnswer,
)
from annotation.quality.selectors.labels import is_vote, judgment_state, label_row

Row = dict[str, Any]
CHUNK = 10_000


def item_chunks(campaign: Campaign) -> Iterator[list[Row]]:
    """Yield the items table."""
    for chunk in _chunks(Item.objects.filter(campaign=campaign).select_related("source")):
        yield [
            {
                "item_id": str(item.public_id),
                "source_sha256": item.source.sha256,
                "instruction": item.instruction,
                "instruction_sha256": item.instruction_sha256,
                "category": item.category,
                "language": item.language,
                "random_arm": item.random_arm,
                "split": split_of(item),
                "source_width": item.source.width,
                "source_height": item.source.height,
                "licence": item.licence,
                "origin": item.origin,
                "version": item.version,
                "withdrawn": item.withdrawn_at is not None,
            }
            for item in chunk
        ]


def candidate_chunks(campaign: Campaign) -> Iterator[list[Row]]:
    """Yield the candidates table."""
    rows = Candidate.objects.filter(item__campaign=campaign)
    for chunk in _chunks(rows.select_related("item", "generator", "image")):
        yield [
            {
                "candidate_id": str(candidate.public_id),
                "item_id": str(candidate.item.public_id),
                "image_sha256": candidate.image.sha256,
                "generator": candidate.generator.name,
                "generator_version": candidate.generator.version,
                "seed": candidate.seed,
                "width": candidate.image.width,
                "height": candidate.image.height,
                "licence": candidate.licence,
                "origin": candidate.origin,
                "version": candidate.version,
                "withdrawn": candidate.withdrawn_at is not None,
            }
            for candidate in chunk
        ]


def judged_chunks(campaign: Campaign) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield (judgments, labels) of comparisons in chunks of comparison ids."""
    pseudonyms = {
        user_id: str(pseudonym)
        for user_id, pseudonym in Membership.objects.filter(campaign=campaign)
        .order_by("role")
        .values_list("user_id", "pseudonym")
    }
    dimensions = _dimension_slugs(campaign)
    gold = _gold(campaign)
    comparisons = Comparison.objects.filter(campaign=campaign).select_related("item")
    for chunk in _chunks(comparisons):
        names = _candidate_names(chunk)
        by_comparison = _judgments_of(chunk)
        judgments, labels = [], []
        for comparison in chunk:
            answers = by_comparison.get(comparison.pk, [])
            frame = _frame(comparison, names)
            judgments += [
                frame
                | _judgment_row(j, pseudonyms[j.annotator_id], dimensions[j.rubric_id])
                | {"counts": is_vote(comparison, j)}
                for j in answers
            ]
            label = label_row(comparison, answers, dimensions)
            if label is not None:
                labels.append(
                    frame
                    | {
                        "split": split_of(comparison.item),
                        "random_arm": comparison.item.random_arm,
                        "gold": comparison.pk in gold,
                    }
                    | label
                )
        yield judgments, labels


def split_of(item: Item) -> str:
    """Return the split of an item's source."""
    return "held_out" if item.held_out else "train"


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    last, top = 0, rows.aggregate(top=Max("id"))["top"] or 0
    while last < top:
        chunk = list(rows.filter(id__gt=last, id__lte=top).order_by("id")[:CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1].pk


def _dimension_slugs(campaign: Campaign) -> dict[int, list[str]]:
    slugs: dict[int, list[str]] = {}
    for rubric_id, slug in (
        Dimension.objects.filter(rubric__campaign=campaign)
        .order_by("rubric_id", "position")
        .values_list("rubric_id", "slug")
    ):
        slugs.setdefault(rubric_id, []).append(slug)
    return slugs


def _gold(campaign: Campaign) -> set[int]:
    return set(
        ReferenceAnswer.objects.filter(
            campaign=campaign, use=ReferenceAnswer.Use.GOLD, withdrawn_at__isnull=True
        ).values_list("comparison_id", flat=True)
    )


def _candidate_names(chunk: list[Comparison]) -> dict[int, str]:
    ids = {pk for comparison in chunk for pk in comparison.candidate_ids}
    return {
        pk: str(public_id)
        for pk, public_id in Candidate.objects.filter(id__in=ids).values_list("id", "public_id")
    }


def _judgments_of(chunk: list[Comparison]) -> dict[int, list[Judgment]]:
    found: dict[int, list[Judgment]] = {}
    judgments = (
        Judgment.objects.filter(comparison__in=[comparison.pk for comparison in chunk])
        .select_related("assignment", "rubric", "superseded_by", "set_aside", "settles")
        .order_by("id")
    )
    for judgment in judgments:
        found.setdefault(judgment.comparison_id, []).append(judgment)
    return found


def _frame(comparison: Comparison, names: dict[int, str]) -> Row:
    return {
        "comparison_id": str(comparison.public_id),
        "item_id": str(comparison.item.public_id),
        "candidate_ids": [names[pk] for pk in comparison.candidate_ids],
    }


def _remarks(judgment: Judgment) -> Row:
    """Return remarks in canonical order, criteria by name."""
    if not judgment.remarks:
        return {}
    return with_criterion_names(judgment.remarks, rubric_words(judgment.rubric_id))


def _judgment_row(judgment: Judgment, annotator: str, dimensions: list[str]) -> Row:
    state = judgment_state(judgment)
    in_force = state == "counted"
    if in_force and judgment.lane not in COUNTING_LANES:
        state = "uncounted"
    return {
        "judgment_id": str(judgment.public_id),
        "annotator": annotator,
        "rubric_version": judgment.rubric.version,
        "lane": judgment.lane,
        "policy": judgment.assignment.policy,
        "propensity": judgment.assignment.propensity,
        "shown_order": judgment.assignment.shown_order,
        "scores": judgment.scores,
        "dimensions": dimensions,
        "ranks": judgment.ranks,
        "tie_kind": judgment.tie_kind,
        "cannot_judge": judgment.cannot_judge,
        "note": judgment.note,
        "active_ms": judgment.active_ms,
        "worked_ms": judgment.worked_ms,
        "evidence": json.dumps(judgment.evidence, sort_keys=True),
        "remarks": json.dumps(_remarks(judgment), sort_keys=True),
        "created_at": judgment.created_at,
        "state": state,
        "in_force": in_force,
    }
