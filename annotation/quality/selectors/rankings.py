"""Ranking of a campaign's generators by verdicts, corrected for the shown order."""

from dataclasses import dataclass

import numpy as np

from annotation.items.selectors.generators import generator_names
from annotation.models import Campaign
from annotation.quality.selectors.pair_votes import PairVotes, pair_votes
from annotation.stats.ranking import (
    LeaderFlip,
    RankIntervals,
    Unbounded,
    bootstrap_ranking,
    davidson,
    votes_to_flip_leader,
)
from annotation.stats.ranking.results import DavidsonRanking

N_REPLICATES = 500
MODEL = "Davidson's model, with ties and a position effect"


@dataclass(frozen=True)
class RankedGenerator:
    """One generator: strength in log-odds around the campaign's mean, and its rank, 1 = best.

    low, high, rank_low, rank_high: 95 %, by bootstrap over sources; None with a single source.
    """

    generator: str
    strength: float
    low: float | None
    high: float | None
    rank: int
    rank_low: int | None
    rank_high: int | None
    n_votes: int


@dataclass(frozen=True)
class GeneratorRanking:
    """The generators, best first. rows is empty when there is no ranking; `refused` says why.

    position_effect: log-odds that the first position adds, with its standard error; None when every
    vote is on one side. flip_votes: votes whose removal puts another generator first (an upper
    bound unless flip_exact); None when none were found, or on request not searched.
    """

    model: str
    rows: list[RankedGenerator]
    n_votes: int
    n_sources: int
    refused: str
    position_effect: float | None = None
    position_error: float | None = None
    flip_votes: int | None = None
    flip_exact: bool = False
    n_degenerate: int = 0


def generator_ranking(
    campaign: Campaign, *, n_replicates: int = N_REPLICATES
) -> GeneratorRanking | None:
    """Rank the generators of a campaign; None when fewer than two were compared."""
    votes = pair_votes(campaign)
    votes = votes.keep(votes.i != votes.j)
    ids, numbers = np.unique(np.concatenate([votes.i, votes.j]), return_inverse=True)
    if len(ids) < 2:  # noqa: PLR2004 - a ranking needs two
        return None
    names = generator_names(campaign)
    i, j = np.split(numbers, 2)
    n_votes, n_sources = len(i), len(np.unique(votes.source))
    try:
        fitted = davidson(i, j, votes.outcome, len(ids), first_shown=votes.i_first)
        spread = bootstrap_ranking(
            i,
            j,
            votes.outcome,
            len(ids),
            clusters=votes.source,
            first_shown=votes.i_first,
            n_replicates=n_replicates,
        )
        flip = votes_to_flip_leader(
            i, j, votes.outcome, len(ids), first_shown=votes.i_first, budget=200
        )
    except Unbounded as reason:
        why = _with_names(reason, [names[pk] for pk in ids.tolist()])
        return GeneratorRanking(MODEL, [], n_votes, n_sources, why)
    counts = np.bincount(numbers, minlength=len(ids))
    rows = _rows([names[pk] for pk in ids.tolist()], spread, counts)
    return _ranking(rows, votes, fitted, spread, flip)


def _ranking(
    rows: list[RankedGenerator],
    votes: PairVotes,
    fitted: DavidsonRanking,
    spread: RankIntervals,
    flip: LeaderFlip,
) -> GeneratorRanking:
    return GeneratorRanking(
        model=MODEL,
        rows=rows,
        n_votes=len(votes.i),
        n_sources=len(np.unique(votes.source)),
        refused="",
        position_effect=fitted.position_effect,
        position_error=fitted.position_standard_error,
        flip_votes=flip.n_votes,
        flip_exact=flip.exact,
        n_degenerate=spread.n_degenerate,
    )


def _rows(names: list[str], spread: RankIntervals, counts: np.ndarray) -> list[RankedGenerator]:
    rows = [
        RankedGenerator(
            generator=name,
            strength=float(spread.strengths[n]),
            low=None if spread.low is None else float(spread.low[n]),
            high=None if spread.high is None else float(spread.high[n]),
            rank=int(spread.ranks[n]),
            rank_low=None if spread.rank_low is None else int(spread.rank_low[n]),
            rank_high=None if spread.rank_high is None else int(spread.rank_high[n]),
            n_votes=int(counts[n]),
        )
        for n, name in enumerate(names)
    ]
    return sorted(rows, key=lambda row: (row.rank, row.generator))


def _with_names(reason: Unbounded, names: list[str]) -> str:
    """Return why there is no ranking, with names of generators instead of numbers."""
    if len(reason.groups) < 2:  # noqa: PLR2004 - no group is to blame
        return f"There is no finite ranking: {reason}."
    groups = ["; ".join(names[n] for n in group) for group in reason.groups]
    return (
        "There is no finite ranking yet: the verdicts never order these groups both ways: "
        f"{' | '.join(groups)}. More votes between them would."
    )
