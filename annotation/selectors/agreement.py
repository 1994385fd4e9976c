"""A campaign's agreement, with the metric named, an interval, and a reason when undefined."""

from dataclasses import asdict, dataclass
from typing import Any

from annotation.models import Campaign
from annotation.selectors.outcomes import Votes, answers, rating_matrix, score_votes, verdict_votes
from annotation.stats.agreement import bootstrap_alpha, raw_agreement, why_undefined

N_REPLICATES = 2000


@dataclass(frozen=True)
class AgreementLine:
    """One coefficient. estimate, low and high are None when undefined; `reason` then says why."""

    name: str
    metric: str
    estimate: float | None
    low: float | None
    high: float | None
    n_units: int
    n_votes: int
    n_sources: int
    n_degenerate: int
    raw: float | None
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


def agreement_report(campaign: Campaign, *, n_replicates: int = N_REPLICATES) -> AgreementReport:
    """Compute alpha per dimension (ordinal) and on verdicts (nominal).

    Intervals are 95 % by bootstrap over sources, since several comparisons share one.
    """
    data = answers(campaign)
    lines = [
        _line(slug, "ordinal", score_votes(data, slug), n_replicates) for slug in data.dimensions
    ]
    lines.append(_line("verdict", "nominal", verdict_votes(data), n_replicates))
    return AgreementReport(
        campaign=campaign.slug,
        n_judgments=len(data),
        n_annotators=len(set(data.annotator.tolist())),
        lines=lines,
    )


def _line(name: str, level: str, votes: Votes, n_replicates: int) -> AgreementLine:
    ratings, source = rating_matrix(votes)
    reason = why_undefined(ratings, level)
    result = bootstrap_alpha(ratings, level, clusters=source, n_replicates=n_replicates)
    return AgreementLine(
        name=name,
        metric=f"Krippendorff's alpha, {level}",
        estimate=result.estimate,
        low=result.low,
        high=result.high,
        n_units=result.n_units,
        n_votes=len(votes.value),
        n_sources=len(set(source.tolist())),
        n_degenerate=result.n_degenerate,
        raw=raw_agreement(ratings),
        reason=reason,
    )
