"""Strengths from paired comparisons, with or without ties."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.bootstrap import FloatArray
from annotation.stats.ranking.fit import likelihood_of, solve
from annotation.stats.ranking.newton import covariance
from annotation.stats.ranking.results import DavidsonRanking, Ranking, RaoKupperRanking
from annotation.stats.ranking.votes import PairVotes, checked_votes, tabulate, whole_numbers


def bradley_terry(  # noqa: PLR0913 - what a ranking may know of its votes
    winner: ArrayLike,
    loser: ArrayLike,
    n_items: int,
    *,
    first_shown: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    prior: float | None = None,
) -> Ranking:
    """Fit P(i beats j) = 1 / (1 + exp(-(s_i - s_j))); unpacks as four values.

    winner, loser: (n_comparisons,) item indices in 0 to n_items - 1. first_shown: the item that
    was shown first in each comparison (-1 = not known), or true where the winner was; adds a
    position effect to the log-odds of the item shown first. weights: how often each comparison
    was seen, 1 when left out; may be fractions. prior: standard deviation, in log-odds, of a
    normal prior around zero for strengths and position effect; regularises, and the result says so.
    Returns strengths (n_items,) in log-odds with mean zero, their standard errors from the
    observed information, the log-likelihood in nats, and the position effect or None.
    Raises ValueError on bad input; Unbounded when the maximum is not finite and unique: some
    group of items never lost, some items never met, or nothing contradicts a position effect.
    Source: Bradley and Terry (1952), Biometrika 39, 324-345; Ford (1957) for existence.
    """
    won = np.ones(np.shape(winner), dtype=np.int64)
    votes = checked_votes(
        winner,
        loser,
        won,
        n_items,
        first_shown=first_shown,
        weights=weights,
        names=("winner", "loser"),
    )
    found = _fitted(votes, "bradley_terry", position=first_shown is not None, prior=prior)
    return Ranking(*found[:7])


def davidson(  # noqa: PLR0913 - as above
    i: ArrayLike,
    j: ArrayLike,
    outcome: ArrayLike,
    n_items: int,
    *,
    first_shown: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    prior: float | None = None,
) -> DavidsonRanking:
    """Fit wins, ties and losses proportional to exp(d / 2), nu, exp(-d / 2); d = s_i - s_j.

    outcome: (n_comparisons,), 1 = i wins, 0 = tie, -1 = j wins. first_shown: as in bradley_terry,
    or true where i was shown first; the position effect adds to d. Returns log_nu as well: between
    equal items a tie is nu times as likely as either win. Without any tie log_nu is -inf and
    the rest Bradley-Terry's. The other arguments, results and errors are bradley_terry's;
    Unbounded too when every comparison is a tie or no wins contradict each other.
    Source: Davidson (1970), JASA 65, 317-328; Davidson and Beaver (1977), Biometrics 33, 693-702,
    for orders: their order effect is exp(-position effect), and their nu is nu times its root.
    """
    votes = checked_votes(i, j, outcome, n_items, first_shown=first_shown, weights=weights)
    found = _fitted(votes, "davidson", position=first_shown is not None, prior=prior)
    edge = -np.inf if found.tie is None else found.tie
    return DavidsonRanking(*found[:7], edge, found.tie_standard_error)


def rao_kupper(  # noqa: PLR0913 - as above
    i: ArrayLike,
    j: ArrayLike,
    outcome: ArrayLike,
    n_items: int,
    *,
    first_shown: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    prior: float | None = None,
) -> RaoKupperRanking:
    """Fit P(i wins) = 1 / (1 + exp(log theta - d)), likewise j with -d, and a tie otherwise.

    log_theta >= 0 is the advantage, in log-odds, below which a difference is not seen. Without any
    tie it is 0 and the rest Bradley-Terry's. Arguments, results and errors are davidson's.
    Source: Rao and Kupper (1967), JASA 62, 194-204.
    """
    votes = checked_votes(i, j, outcome, n_items, first_shown=first_shown, weights=weights)
    found = _fitted(votes, "rao_kupper", position=first_shown is not None, prior=prior)
    edge = 0.0 if found.tie is None else found.tie
    return RaoKupperRanking(*found[:7], edge, found.tie_standard_error)


def half_wins(
    i: ArrayLike, j: ArrayLike, outcome: ArrayLike
) -> tuple[ArrayLike, ArrayLike, FloatArray]:
    """Return winner, loser and weights in which every tie is half a win for either item.

    For bradley_terry(winner, loser, n_items, weights=weights). The strengths are pulled together
    as if half of the ties had been wins; the standard errors ignore that they were not.
    """
    left, right = whole_numbers(i, "i"), whole_numbers(j, "j")
    result = whole_numbers(outcome, "outcome")
    if not left.shape == right.shape == result.shape or result.ndim != 1:
        raise ValueError("i, j and outcome must have the same shape (n_comparisons,)")
    if not np.isin(result, (-1, 0, 1)).all():
        raise ValueError("outcome must be 1 (i wins), 0 (tie) or -1 (j wins)")
    tied = result == 0
    winner = np.concatenate([np.where(result < 0, right, left), right[tied]])
    loser = np.concatenate([np.where(result < 0, left, right), left[tied]])
    return winner, loser, np.concatenate([np.where(tied, 0.5, 1.0), np.full(tied.sum(), 0.5)])


class _Fitted(NamedTuple):
    strengths: FloatArray
    standard_errors: FloatArray
    log_likelihood: float
    covariance: FloatArray
    prior: float | None
    position: float | None
    position_standard_error: float | None
    tie: float | None
    tie_standard_error: float | None


def _fitted(votes: PairVotes, model: str, *, position: bool, prior: float | None) -> _Fitted:
    prior = checked_prior(prior)
    table, _ = tabulate(votes)
    likelihood = likelihood_of(table, model, position=position, prior=prior)
    found, n = solve(likelihood), table.n_items
    spread = covariance(likelihood(found).information, n)
    errors = np.sqrt(np.diag(spread))
    ties = likelihood.ties
    return _Fitted(
        found[:n],
        errors[:n],
        likelihood.log_likelihood(found),
        spread[:n, :n],
        prior,
        float(found[n]) if position else None,
        float(errors[n]) if position else None,
        float(found[-1]) if ties else None,
        float(errors[-1]) if ties else None,
    )


def checked_prior(prior: float | None) -> float | None:
    if prior is None:
        return None
    if not 0 < prior < np.inf:
        raise ValueError(f"prior must be a positive standard deviation in log-odds, not {prior!r}")
    return float(prior)
