"""Answers to golds beside the expected ones: by person and by gold."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from annotation.models import Campaign, Dimension, Judgment, Lane, ReferenceAnswer
from annotation.quality.selectors.estimates import Estimate, share_of
from annotation.quality.selectors.person_quality import Gold

NO_GOLD = "No gold was answered yet."
# Scales with this many levels or more accept the next level as right too.
TOLERANT_LEVELS = 4


@dataclass(frozen=True)
class GoldAnswer:
    """One answer to a standing gold. right: ranks as expected; scores: by slug, each edit's."""

    judgment: int
    comparison: int
    user_id: int
    answered_at: datetime
    right: bool
    scores: Mapping[str, list[bool]]


def gold_answers(campaign: Campaign) -> list[GoldAnswer]:
    """Return answers to standing golds in order of submission, set aside or not. Two queries."""
    scales = _scales(campaign)
    rows = (
        Judgment.objects.filter(
            campaign=campaign,
            lane=Lane.GOLD,
            surplus=False,
            superseded_by__isnull=True,
            ranks__isnull=False,
            comparison__withdrawn_at__isnull=True,
            comparison__references__use=ReferenceAnswer.Use.GOLD,
            comparison__references__withdrawn_at__isnull=True,
        )
        .order_by("id")
        .values_list(
            "id",
            "comparison",
            "annotator",
            "created_at",
            "ranks",
            "comparison__references__ranks",
            "scores",
            "rubric",
            "comparison__references__scores",
            "comparison__references__rubric",
        )
    )
    return [
        GoldAnswer(
            judgment=row[0],
            comparison=row[1],
            user_id=row[2],
            answered_at=row[3],
            right=row[4] == row[5],
            scores=_scored(
                cast("list[list[int]]", row[6]),
                scales[row[7]],
                row[8],
                scales[row[9]],
            ),
        )
        for row in rows.iterator(chunk_size=5_000)
    ]


def gold_of(answers: list[GoldAnswer]) -> Gold:
    """Return how one person's answers, or all answers to one gold, compare with the expected."""
    right: dict[str, int] = defaultdict(int)
    n: dict[str, int] = defaultdict(int)
    for answer in answers:
        for slug, hits in answer.scores.items():
            right[slug] += sum(hits)
            n[slug] += len(hits)
    verdicts = share_of(sum(one.right for one in answers), len(answers), NO_GOLD)
    return Gold(verdicts, {slug: share_of(right[slug], n[slug], NO_GOLD) for slug in sorted(n)})


def gold_by_annotator(answers: list[GoldAnswer]) -> dict[int, list[GoldAnswer]]:
    """Return the answers by user id."""
    found: dict[int, list[GoldAnswer]] = defaultdict(list)
    for answer in answers:
        found[answer.user_id].append(answer)
    return found


def no_gold() -> Estimate:
    """Return the share of nobody's golds."""
    return share_of(0, 0, NO_GOLD)


def _scales(campaign: Campaign) -> dict[int, list[tuple[str, int]]]:
    """Return by rubric the slug and the tolerance of each dimension, in order."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    dimensions = Dimension.objects.filter(rubric__campaign=campaign).order_by("position")
    for dimension in dimensions.prefetch_related("levels"):
        tolerance = int(len(dimension.levels.all()) >= TOLERANT_LEVELS)
        found[dimension.rubric_id].append((dimension.slug, tolerance))
    return found


def _scored(
    scores: list[list[int]],
    scale: list[tuple[str, int]],
    expected: list[list[int]],
    expected_scale: list[tuple[str, int]],
) -> dict[str, list[bool]]:
    """Return by shared slug whether each edit's score is within the tolerance."""
    at = {slug: position for position, (slug, _) in enumerate(expected_scale)}
    return {
        slug: [
            abs(own[position] - reference[at[slug]]) <= tolerance
            for own, reference in zip(scores, expected, strict=True)
        ]
        for position, (slug, tolerance) in enumerate(scale)
        if slug in at
    }
