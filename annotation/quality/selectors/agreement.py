"""A campaign's agreement: the metric's name, value, interval, and a reason when undefined."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from annotation.models import Campaign, Rubric
from annotation.quality.selectors.outcomes import (
    TIE,
    TIE_BAD,
    TIE_GOOD,
    Votes,
    answers,
    dimension_columns,
    rating_matrix,
    score_votes,
    verdict_votes,
)
from annotation.rubrics.selectors import dimension_names
from annotation.stats.agreement import (
    bootstrap_alpha,
    bootstrap_gwet_ac,
    bootstrap_raw_agreement,
    why_undefined,
)

N_REPLICATES = 2000
# Above 100,000 judgments the number of resamples falls, down to 200: each costs more, and the
# intervals are narrow by then.
RESAMPLED_VOTES, FEWEST_REPLICATES = N_REPLICATES * 100_000, 200
# Weights and name of the coefficient that is shown beside alpha, by level.
GWET = {
    "ordinal": ("quadratic", "Gwet's AC2, quadratic weights"),
    "nominal": ("identity", "Gwet's AC1"),
}
TIES = (TIE, TIE_GOOD, TIE_BAD)


@dataclass(frozen=True)
class AgreementLine:
    """One coefficient and the raw agreement. None = undefined; `reason` says why.

    n_units, n_sources: those with at least two votes; others carry no information on agreement.
    gwet_metric, gwet, gwet_low, gwet_high: Gwet's coefficient on the same votes. Its correction for
    chance differs: when nearly all votes are equal, it stays high while alpha falls.
    """

    name: str
    title: str
    metric: str
    estimate: float | None
    low: float | None
    high: float | None
    n_units: int
    n_votes: int
    n_sources: int
    n_degenerate: int
    raw: float | None
    raw_low: float | None
    raw_high: float | None
    gwet_metric: str
    gwet: float | None
    gwet_low: float | None
    gwet_high: float | None
    reason: str | None


@dataclass(frozen=True)
class AgreementReport:
    """Every coefficient of a campaign, and what they are computed from."""

    campaign: str
    n_judgments: int
    n_annotators: int
    lines: list[AgreementLine]

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def agreement_report(
    campaign: Campaign, *, rubric: Rubric | None = None, n_replicates: int | None = None
) -> AgreementReport:
    """Compute alpha per dimension (ordinal) and on verdicts (nominal).

    The line "direction" leaves out every vote for a tie. It shows whether people disagree about
    ties or about the winner. Intervals are 95 % by bootstrap over sources, since several
    comparisons share one. rubric: the version whose answers alone are compared; all when left out.
    n_replicates: 2,000 when left out, fewer for more than 100,000 judgments.
    """
    data = answers(campaign)
    if rubric is not None:
        data = data.keep(data.rubric == rubric.pk)
    if n_replicates is None:
        affordable = max(FEWEST_REPLICATES, RESAMPLED_VOTES // max(1, len(data)))
        n_replicates = min(N_REPLICATES, affordable)
    titles = dimension_names(campaign)
    asked = None if rubric is None else dimension_columns(campaign)[rubric.pk]
    lines = [
        _line(slug, titles[slug], "ordinal", score_votes(data, slug), n_replicates)
        for slug in data.dimensions
        if asked is None or slug in asked
    ]
    verdicts = verdict_votes(data)
    lines.append(_line("verdict", "Verdict", "nominal", verdicts, n_replicates))
    decided = verdicts.keep(~np.isin(verdicts.value, TIES))
    lines.append(_line("direction", "Verdict without ties", "nominal", decided, n_replicates))
    return AgreementReport(
        campaign=campaign.slug,
        n_judgments=len(data),
        n_annotators=len(set(data.annotator.tolist())),
        lines=lines,
    )


def _line(name: str, title: str, level: str, votes: Votes, n_replicates: int) -> AgreementLine:
    ratings, source = rating_matrix(votes)
    reason = why_undefined(ratings, level)
    result = bootstrap_alpha(ratings, level, clusters=source, n_replicates=n_replicates)
    raw = bootstrap_raw_agreement(ratings, clusters=source, n_replicates=n_replicates)
    weights = GWET[level][0]
    gwet = bootstrap_gwet_ac(ratings, weights=weights, clusters=source, n_replicates=n_replicates)
    return AgreementLine(
        name=name,
        title=title,
        metric=f"Krippendorff's alpha, {level}",
        gwet_metric=GWET[level][1],
        gwet=gwet.estimate,
        gwet_low=gwet.low,
        gwet_high=gwet.high,
        estimate=result.estimate,
        low=result.low,
        high=result.high,
        n_units=result.n_units,
        n_votes=len(votes.value),
        n_sources=len(set(source[np.count_nonzero(~np.isnan(ratings), axis=0) > 1].tolist())),
        n_degenerate=result.n_degenerate,
        raw=raw.estimate,
        raw_low=raw.low,
        raw_high=raw.high,
        reason=reason,
    )
