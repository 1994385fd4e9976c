"""Intervals of strengths and ranks: resample sources and fit the ranking to each replicate."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from annotation.stats.bootstrap import (
    LEVELS,
    FloatArray,
    IntArray,
    cluster_numbers,
    draws,
)
from annotation.stats.ranking.connected import TIE
from annotation.stats.ranking.errors import Unbounded
from annotation.stats.ranking.fit import MODELS, PairLikelihood, likelihood_of, solve
from annotation.stats.ranking.pairs import checked_prior
from annotation.stats.ranking.replicates import fit_replicates, surely_bounded
from annotation.stats.ranking.votes import PairTable, checked_votes, tabulate


class RankIntervals(NamedTuple):
    """Strengths and ranks with 95 % percentile intervals, each (n_items,).

    strengths, low, high: log-odds, mean zero. ranks: 1 = strongest, equal strengths share the
    better rank. first_share: share of the replicates in which the item is alone at the top.
    low, high, rank_low, rank_high, first_share: None with fewer than two clusters, when all
    replicates are alike, or when no replicate has a finite maximum. n_degenerate: replicates
    without one; they are left out.
    """

    strengths: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    ranks: IntArray
    rank_low: IntArray | None
    rank_high: IntArray | None
    first_share: FloatArray | None
    n_clusters: int
    n_degenerate: int


# Strengths closer than this are equal: far above rounding, far below any standard error.
SAME = 1e-9


def bootstrap_ranking(  # noqa: PLR0913 - a ranking's inputs and the bootstrap's
    i: ArrayLike,
    j: ArrayLike,
    outcome: ArrayLike,
    n_items: int,
    *,
    model: str = "davidson",
    clusters: ArrayLike | None = None,
    first_shown: ArrayLike | None = None,
    prior: float | None = None,
    n_replicates: int = 2000,
    seed: int = 0,
) -> RankIntervals:
    """Return strengths and ranks with intervals over clusters drawn with replacement.

    i, j, outcome, first_shown, prior: as in davidson; model: bradley_terry (which takes no ties),
    davidson or rao_kupper. clusters: (n_comparisons,), for example the source image of each
    comparison, drawn together; each comparison its own when left out.
    Raises ValueError on bad input, Unbounded when the votes themselves have no finite maximum.
    Source: Efron and Tibshirani (1993), section 13.3; Field and Welsh (2007) on clusters.
    """
    if isinstance(n_replicates, bool) or n_replicates < 1 or n_replicates != int(n_replicates):
        raise ValueError(f"n_replicates must be a positive whole number, not {n_replicates!r}")
    table, cells = checked_table(i, j, outcome, n_items, model=model, first_shown=first_shown)
    likelihood = likelihood_of(
        table, model, position=first_shown is not None, prior=checked_prior(prior)
    )
    found = solve(likelihood)
    rows, counts = _clustered(cells, clusters, table.counts.size)
    n_clusters = int(counts.sum())
    strengths = found[:n_items]
    if n_clusters < 2:  # noqa: PLR2004 - one cluster cannot vary
        return RankIntervals(
            strengths, None, None, ranks_of(strengths), None, None, None, n_clusters, 0
        )
    rng = np.random.default_rng(seed)
    replicates = [
        strengths
        for block in draws(rng, counts, int(n_replicates), table.counts.size)
        for strengths in _refitted(
            (block @ rows).reshape(len(block), -1, 3), likelihood, model, found
        )
    ]
    return _summary(strengths, replicates, n_clusters, int(n_replicates))


def checked_table(  # noqa: PLR0913 - as bootstrap_ranking
    i: ArrayLike,
    j: ArrayLike,
    outcome: ArrayLike,
    n_items: int,
    *,
    model: str,
    first_shown: ArrayLike | None,
) -> tuple[PairTable, IntArray]:
    """Return the votes' table and cells, or raise ValueError; bradley_terry takes no ties."""
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, not {model!r}")
    votes = checked_votes(i, j, outcome, n_items, first_shown=first_shown)
    if model == "bradley_terry" and (votes.outcome == 0).any():
        raise ValueError("bradley_terry takes no ties: use davidson or rao_kupper")
    return tabulate(votes)


def ranks_of(strengths: FloatArray) -> IntArray:
    """Return 1 + the number of clearly stronger items: (..., n_items) -> the same shape."""
    stronger = strengths[..., None, :] > strengths[..., :, None] + SAME
    ranks: IntArray = 1 + stronger.sum(axis=-1)
    return ranks


def _clustered(
    cells: IntArray, clusters: ArrayLike | None, n_cells: int
) -> tuple[sparse.csr_array, IntArray]:
    """Return what one cluster adds to each cell and how many such clusters there are."""
    if clusters is None:
        counts = np.bincount(cells, minlength=n_cells)
        return sparse.csr_array(sparse.eye_array(n_cells)), counts
    names = cluster_numbers(clusters, len(cells))
    n_clusters = int(names.max()) + 1
    rows = sparse.coo_array((np.ones(len(cells)), (names, cells)), shape=(n_clusters, n_cells))
    return sparse.csr_array(rows), np.ones(n_clusters, dtype=np.int64)


def _refitted(
    counts: FloatArray, original: PairLikelihood, model: str, start: FloatArray
) -> list[FloatArray]:
    """Return the strengths of the replicates (R, 3 * n_rows) that have a finite maximum."""
    counts = counts.reshape(len(counts), -1, 3)
    ordinary = surely_bounded(original.table, counts, position=original.position)
    if original.ties:
        ordinary &= counts[..., TIE].any(axis=1)
    found: list[FloatArray] = []
    fitted, converged = fit_replicates(original, counts[ordinary], start)
    found += list(fitted[converged][:, : original.table.n_items])
    rest = np.concatenate([counts[~ordinary], counts[ordinary][~converged]])
    for one in rest:
        strengths = _refitted_alone(one, original, model, start)
        if strengths is not None:
            found.append(strengths)
    return found


def _refitted_alone(
    counts: FloatArray, original: PairLikelihood, model: str, start: FloatArray
) -> FloatArray | None:
    """Return the strengths of a replicate, None when it has no finite maximum."""
    table = original.table.with_counts(counts)
    try:
        likelihood = likelihood_of(table, model, position=original.position, prior=original.prior)
    except Unbounded:
        return None
    return solve(likelihood, start)[: table.n_items]


def _summary(
    strengths: FloatArray, replicates: list[FloatArray], n_clusters: int, n_replicates: int
) -> RankIntervals:
    ranks = ranks_of(strengths)
    n_degenerate = n_replicates - len(replicates)
    if not replicates:
        return RankIntervals(
            strengths, None, None, ranks, None, None, None, n_clusters, n_degenerate
        )
    drawn = np.stack(replicates)
    if np.ptp(drawn, axis=0).max() <= SAME:
        # Clusters that do not differ do not show how much others would.
        return RankIntervals(
            strengths, None, None, ranks, None, None, None, n_clusters, n_degenerate
        )
    low, high = np.quantile(drawn, LEVELS, axis=0)
    drawn_ranks = np.stack([ranks_of(row) for row in replicates])
    rank_low, rank_high = np.quantile(drawn_ranks, LEVELS, axis=0, method="inverted_cdf")
    at_top = drawn_ranks == 1
    alone = at_top & (at_top.sum(axis=1) == 1)[:, None]
    return RankIntervals(
        strengths,
        low,
        high,
        ranks,
        rank_low.astype(np.int64),
        rank_high.astype(np.int64),
        alone.mean(axis=0),
        n_clusters,
        n_degenerate,
    )
