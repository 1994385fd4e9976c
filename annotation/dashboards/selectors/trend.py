"""How agreement went: alpha of the comparisons that were completed in each period."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from annotation.models import Campaign
from annotation.quality.selectors.outcomes import (
    Answers,
    IntArray,
    Votes,
    answers,
    rating_matrix,
    score_votes,
    verdict_votes,
)
from annotation.rubrics.selectors import described_rubrics, dimension_names
from annotation.stats.agreement import bootstrap_alpha, why_undefined

MOST_PERIODS = 12
# Comparisons in a period: with fewer the intervals hide every change.
FEWEST_COMPARISONS = 25
N_REPLICATES = 500


@dataclass(frozen=True)
class Period:
    """Comparisons in the order of their last answer, from `first` to `last`."""

    first: datetime
    last: datetime
    n_comparisons: int
    n_judgments: int


@dataclass(frozen=True)
class TrendValue:
    """Alpha in one period with its 95 % interval by sources; None = undefined, `why` says it."""

    estimate: float | None
    low: float | None
    high: float | None
    n_units: int
    why: str | None


@dataclass(frozen=True)
class TrendLine:
    """One question: a dimension's scores (ordinal) or the verdict (nominal), by period."""

    name: str
    title: str
    level: str
    values: list[TrendValue]


@dataclass(frozen=True)
class Trend:
    """Agreement by period, oldest first.

    versions: (index of the first period that holds answers under it, rubric version), of the
    second version on.
    """

    periods: list[Period]
    lines: list[TrendLine]
    versions: list[tuple[int, int]]


def agreement_trend(campaign: Campaign) -> Trend | None:
    """Return how agreement went; None before FEWEST_COMPARISONS have two answers.

    A comparison belongs to the period of its last answer in force. Periods hold equally many
    comparisons, at least FEWEST_COMPARISONS, and there are at most MOST_PERIODS. Three queries.
    """
    data = answers(campaign)
    comparison, last = _completed(data)
    n_periods = min(MOST_PERIODS, len(comparison) // FEWEST_COMPARISONS)
    if not n_periods:
        return None
    order = np.argsort(last, kind="stable")
    parts = [
        data.keep(np.isin(data.comparison, chosen))
        for chosen in np.array_split(comparison[order], n_periods)
    ]
    return Trend(
        periods=[_period(part) for part in parts],
        lines=_lines(campaign, parts),
        versions=_versions(campaign, parts),
    )


def _completed(data: Answers) -> tuple[IntArray, IntArray]:
    """Return the comparisons with at least two answers, and when the last of them came."""
    comparison, index, n_answers = np.unique(
        data.comparison, return_inverse=True, return_counts=True
    )
    last = np.zeros(len(comparison), dtype=np.int64)
    np.maximum.at(last, index, data.submitted)
    several = n_answers > 1
    return comparison[several], last[several]


def _period(part: Answers) -> Period:
    _, last = _completed(part)
    return Period(
        first=datetime.fromtimestamp(int(last.min()), UTC),
        last=datetime.fromtimestamp(int(last.max()), UTC),
        n_comparisons=len(last),
        n_judgments=len(part),
    )


def _lines(campaign: Campaign, parts: list[Answers]) -> list[TrendLine]:
    titles = dimension_names(campaign)
    lines = [
        TrendLine(
            slug,
            titles[slug],
            "ordinal",
            [_value(score_votes(part, slug), "ordinal") for part in parts],
        )
        for slug in parts[0].dimensions
    ]
    verdicts = [_value(verdict_votes(part), "nominal") for part in parts]
    return [*lines, TrendLine("verdict", "Verdict", "nominal", verdicts)]


def _value(votes: Votes, level: str) -> TrendValue:
    ratings, source = rating_matrix(votes)
    why = why_undefined(ratings, level)
    found = bootstrap_alpha(ratings, level, clusters=source, n_replicates=N_REPLICATES)
    return TrendValue(found.estimate, found.low, found.high, found.n_units, why)


def _versions(campaign: Campaign, parts: list[Answers]) -> list[tuple[int, int]]:
    marks = []
    for rubric in described_rubrics(campaign)[1:]:
        held = [n for n, part in enumerate(parts) if (part.rubric == rubric.pk).any()]
        if held:
            marks.append((held[0], rubric.version))
    return marks
