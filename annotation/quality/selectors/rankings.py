"""Ranking of a campaign's generators by verdicts, corrected for the shown order."""

from dataclasses import dataclass

import numpy as np

from annotation.items.selectors.generators import generator_names
from annotation.models import Campaign, Rubric
from annotation.quality.selectors.outcomes import IntArray
from annotation.quality.selectors.pair_votes import PairVotes, pair_votes
from annotation.quality.selectors.ranking_gaps import Gap, gaps_between, groups_of_one_scale
from annotation.stats.ranking import (
    RankIntervals,
    Unbounded,
    bootstrap_ranking,
    davidson,
    votes_to_flip_leader,
)

N_REPLICATES = 500
MODEL = "Davidson's model, with ties and a position effect"


@dataclass(frozen=True)
class RankedGenerator:
    """One generator: strength in log-odds around its group's mean, and its rank there, 1 = best.

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
class RankedGroup:
    """Generators on one scale, best first. rows is empty when `refused` says why they have none.

    names: of all generators of the group. n_votes, n_sources: of the votes within it.
    position_effect: log-odds that the first position adds, with its standard error; None when
    every vote is on one side. flip_votes: votes whose removal puts another generator first (an
    upper bound unless flip_exact); None when none were found.
    """

    names: list[str]
    rows: list[RankedGenerator]
    n_votes: int
    n_sources: int
    refused: str = ""
    position_effect: float | None = None
    position_error: float | None = None
    flip_votes: int | None = None
    flip_exact: bool = False
    n_degenerate: int = 0


@dataclass(frozen=True)
class GeneratorRanking:
    """The generators in groups of one scale each; one group when votes connect all of them.

    Groups that votes order are best first. gaps: what keeps neighbouring groups apart.
    """

    model: str
    groups: list[RankedGroup]
    gaps: list[Gap]
    n_votes: int
    n_sources: int


def generator_ranking(
    campaign: Campaign, *, rubric: Rubric | None = None, n_replicates: int = N_REPLICATES
) -> GeneratorRanking | None:
    """Rank the generators of a campaign; None when fewer than two were compared.

    rubric: the version whose verdicts alone are counted; all when left out.
    """
    votes = pair_votes(campaign)
    counted = votes.i != votes.j
    if rubric is not None:
        counted &= votes.rubric == rubric.pk
    votes = votes.keep(counted)
    ids, numbers = np.unique(np.concatenate([votes.i, votes.j]), return_inverse=True)
    if len(ids) < 2:  # noqa: PLR2004 - a ranking needs two
        return None
    known = generator_names(campaign)
    names = [known[pk] for pk in ids.tolist()]
    i, j = np.split(numbers, 2)
    groups = groups_of_one_scale(i, j, votes.outcome, len(ids))
    of_item = np.empty(len(ids), dtype=np.int64)
    for number, group in enumerate(groups):
        of_item[list(group)] = number
    ranked = []
    for number, group in enumerate(groups):
        within = (of_item[i] == number) & (of_item[j] == number)
        inside = votes.keep(within)
        items = np.searchsorted(group, np.stack([i[within], j[within]]))
        ranked.append(_group([names[n] for n in group], inside, items, n_replicates))
    gaps = gaps_between(campaign, groups, (i, j, votes.outcome), ids)
    return GeneratorRanking(MODEL, ranked, gaps, len(i), len(np.unique(votes.source)))


def _group(names: list[str], votes: PairVotes, items: IntArray, n_replicates: int) -> RankedGroup:
    """Rank one group. items: (2, n_votes), each vote's generators as positions in `names`."""
    n_votes, n_sources = len(votes.i), len(np.unique(votes.source))
    if len(names) == 1:
        return RankedGroup(names, [], n_votes, n_sources)
    i, j = items
    try:
        fitted = davidson(i, j, votes.outcome, len(names), first_shown=votes.i_first)
        spread = bootstrap_ranking(
            i,
            j,
            votes.outcome,
            len(names),
            clusters=votes.source,
            first_shown=votes.i_first,
            n_replicates=n_replicates,
        )
        flip = votes_to_flip_leader(
            i, j, votes.outcome, len(names), first_shown=votes.i_first, budget=200
        )
    except Unbounded as reason:
        return RankedGroup(names, [], n_votes, n_sources, f"No finite ranking yet: {reason}.")
    return RankedGroup(
        names,
        _rows(names, spread, np.bincount(items.ravel(), minlength=len(names))),
        n_votes,
        n_sources,
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
