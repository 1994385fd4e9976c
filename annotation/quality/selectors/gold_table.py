"""Each gold with how people answered it: a gold that good people miss is at fault itself."""

from collections import defaultdict
from dataclasses import dataclass

from annotation.models import Campaign, ReferenceAnswer
from annotation.quality.selectors.estimates import Estimate
from annotation.quality.selectors.flags import FEWEST_CHECKED, GOLD_FLOOR
from annotation.quality.selectors.gold_answers import (
    GoldAnswer,
    gold_answers,
    gold_by_annotator,
    gold_of,
)

# Answers of people who meet golds, before a gold is called doubtful.
FEWEST_GOOD = 3
HALF = 0.5


@dataclass(frozen=True)
class GoldLine:
    """One gold. right: all its answers; by_good: those of people who meet the other golds.

    doubtful: whether people who meet the other golds miss this one.
    """

    reference: ReferenceAnswer
    right: Estimate
    by_good: Estimate
    doubtful: bool


def gold_table(campaign: Campaign) -> list[GoldLine]:
    """Return a line per standing gold, doubtful ones and the most missed first. Four queries."""
    answers = gold_answers(campaign)
    by_gold: dict[int, list[GoldAnswer]] = defaultdict(list)
    for answer in answers:
        by_gold[answer.comparison].append(answer)
    people = gold_by_annotator(answers)
    standing = ReferenceAnswer.objects.filter(
        campaign=campaign, use=ReferenceAnswer.Use.GOLD, withdrawn_at__isnull=True
    ).select_related("comparison__item")
    lines = [_line(row, by_gold.get(row.comparison_id, []), people) for row in standing]
    return sorted(lines, key=lambda line: (not line.doubtful, _order(line.right)))


def _line(
    reference: ReferenceAnswer, answers: list[GoldAnswer], people: dict[int, list[GoldAnswer]]
) -> GoldLine:
    good = [one for one in answers if _meets_others(one, people[one.user_id])]
    by_good = gold_of(good).verdicts
    missed = by_good.high is not None and by_good.n >= FEWEST_GOOD and by_good.high < GOLD_FLOOR
    return GoldLine(reference, gold_of(answers).verdicts, by_good, missed)


def _meets_others(answer: GoldAnswer, own: list[GoldAnswer]) -> bool:
    """Whether a person answers the other golds as expected: more than half, and enough of them."""
    others = [one.right for one in own if one.comparison != answer.comparison]
    return len(others) >= FEWEST_CHECKED and sum(others) / len(others) > HALF


def _order(share: Estimate) -> float:
    return 2.0 if share.value is None else share.value
