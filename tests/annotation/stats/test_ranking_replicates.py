"""Resamples fitted together have the maxima that they have alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.stats.ranking.connected import TIE
from annotation.stats.ranking.fit import MODELS, likelihood_of, solve
from annotation.stats.ranking.replicates import fit_replicates, surely_bounded
from annotation.stats.ranking.votes import checked_votes, tabulate

N_ITEMS = 4


def full_table(seed, *, position):
    """Votes on every pair, in both orders and with every outcome, so that every fit exists."""
    rng = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(N_ITEMS) for b in range(N_ITEMS) if a != b]
    i, j = np.array([pair for pair in pairs for _ in range(3)]).T
    outcome = np.tile([1, 0, -1], len(pairs))
    weights = rng.integers(1, 9, len(i)).astype(float)
    first = np.ones(len(i), dtype=bool) if position else None
    return tabulate(checked_votes(i, j, outcome, N_ITEMS, first_shown=first, weights=weights))[0]


@pytest.mark.parametrize("position", [True, False], ids=["position", "no position"])
@pytest.mark.parametrize("prior", [None, 1.0])
@pytest.mark.parametrize("model", MODELS)
@given(seed=st.integers(0, 10_000))
def test_replicates_fitted_together_are_as_fitted_alone(model, prior, position, seed):
    table = full_table(seed, position=position)
    if model == "bradley_terry":
        table = table.with_counts(table.counts * [1, 0, 1])
    original = likelihood_of(table, model, position=position, prior=prior)
    start = solve(original)
    rng = np.random.default_rng(seed)
    counts = rng.binomial(2, 0.4, (12, *table.counts.shape)) * table.counts
    sure = surely_bounded(table, counts, position=position)
    sure &= original.ties == counts[..., TIE].any(axis=1)
    fitted, converged = fit_replicates(original, counts[sure], start)
    assert converged.all()
    for one, found in zip(counts[sure], fitted, strict=True):
        # It refuses a table without a finite maximum.
        alone = likelihood_of(table.with_counts(one), model, position=position, prior=prior)
        assert found == pytest.approx(solve(alone), abs=1e-6)


def test_most_resamples_of_many_votes_need_no_further_check():
    table = full_table(3, position=True)
    counts = np.random.default_rng(3).poisson(table.counts, (200, *table.counts.shape))
    assert surely_bounded(table, counts.astype(float), position=True).mean() > 0.99
