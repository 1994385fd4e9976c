"""Strengths from rankings of two or more items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from annotation.stats.bootstrap import FloatArray, IntArray
from annotation.stats.ranking.connected import require_connected
from annotation.stats.ranking.newton import Point, covariance, maximise
from annotation.stats.ranking.pairs import checked_prior
from annotation.stats.ranking.results import Listing
from annotation.stats.ranking.votes import (
    checked_items,
    checked_n_items,
    checked_weights,
    summed,
    whole_numbers,
)


def plackett_luce(
    rankings: Iterable[ArrayLike],
    n_items: int,
    *,
    weights: ArrayLike | None = None,
    prior: float | None = None,
) -> Listing:
    """Fit P(ranking) = product over ranks of exp(s_best) / sum of exp(s) over what is left.

    rankings: each lists item indices, best first: any two or more different items of the n_items;
    what it leaves out was not seen. An (n_rankings, k) array has k items in each. Ties have no
    probability here and cannot be given: davidson and rao_kupper take them, pair by pair.
    weights: how often each ranking was seen. prior: as in bradley_terry. Unpacks as strengths
    (n_items,) in log-odds with mean zero, standard errors and log-likelihood in nats.
    Raises ValueError on bad input; Unbounded when some group of items is never ranked below
    another item or never ranked with one.
    Source: Plackett (1975), Applied Statistics 24, 193-202; Luce (1959); Hunter (2004), Annals of
    Statistics 32, 384-406, for existence.
    """
    n_items, prior = checked_n_items(n_items), checked_prior(prior)
    checked = checked_rankings(rankings, n_items)
    counted = checked_weights(weights, len(checked))
    groups = by_length(checked, counted)
    if prior is None:
        above = np.concatenate([group.items[:, :-1].ravel() for group in groups])
        below = np.concatenate([group.items[:, 1:].ravel() for group in groups])
        require_connected(above, below, n_items, verb="never came second")
    likelihood = ListLikelihood(n_items, groups, prior)
    found = maximise(likelihood, np.zeros(n_items), n_items)
    spread = covariance(likelihood(found).information, n_items)
    value = ListLikelihood(n_items, groups, None)(found).value
    return Listing(found, np.sqrt(np.diag(spread)), value, spread, prior)


@dataclass(frozen=True)
class Group:
    """Distinct rankings of one length: items (n_rankings, k), best first; weights (n_rankings,)."""

    items: IntArray
    weights: FloatArray


@dataclass(frozen=True)
class ListLikelihood:
    """The log-likelihood of rankings as a function of strengths (n_items,)."""

    n_items: int
    groups: tuple[Group, ...]
    prior: float | None

    def __call__(self, at: FloatArray) -> Point:
        n = self.n_items
        value, gradient, information = 0.0, np.zeros(n), np.zeros(n * n)
        for group in self.groups:
            for first in range(group.items.shape[1] - 1):
                left = group.items[:, first:]
                utility = at[left]
                log_p = utility - logsumexp(utility, axis=1, keepdims=True)
                p = np.exp(log_p)
                value += float(group.weights @ log_p[:, 0])
                gradient += summed(left[:, 0], group.weights, n)
                expected = group.weights[:, None] * p
                gradient -= summed(left.ravel(), expected.ravel(), n)
                information[:: n + 1] += summed(left.ravel(), expected.ravel(), n)
                cells = left[:, :, None] * n + left[:, None, :]
                together = expected[:, :, None] * p[:, None, :]
                information -= summed(cells.ravel(), together.ravel(), n * n)
        square = information.reshape(n, n)
        if self.prior is None:
            return Point(value, gradient, square)
        precision = self.prior**-2
        return Point(
            value - precision * float(at @ at) / 2,
            gradient - precision * at,
            square + precision * np.eye(n),
        )


def checked_rankings(rankings: Iterable[ArrayLike], n_items: int) -> list[IntArray]:
    """Return each ranking as item indices, or raise ValueError naming the first bad one."""
    if isinstance(rankings, np.ndarray) and rankings.ndim == 2 and len(rankings):  # noqa: PLR2004
        _check_length(rankings.shape[1], 0)
        flat = checked_items(rankings.ravel(), n_items, "rankings")
        reshaped = flat.reshape(rankings.shape)
        ordered = np.sort(reshaped, axis=1)
        _check_distinct((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        return list(reshaped)
    listed = [_ranking(ranking, number, n_items) for number, ranking in enumerate(rankings)]
    if not listed:
        raise ValueError("there are no rankings")
    _check_distinct(np.array([len(set(ranking.tolist())) < len(ranking) for ranking in listed]))
    return listed


def by_length(rankings: Sequence[IntArray], weights: FloatArray) -> tuple[Group, ...]:
    """Merge equal rankings and stack those of one length; weight zero is dropped."""
    lengths = np.array([len(ranking) for ranking in rankings])
    groups = []
    for length in np.unique(lengths[weights > 0]):
        chosen = np.flatnonzero((lengths == length) & (weights > 0))
        stacked = np.stack([rankings[k] for k in chosen.tolist()])
        items, group = np.unique(stacked, axis=0, return_inverse=True)
        counted = summed(group.ravel(), weights[chosen], len(items))
        groups.append(Group(items, counted))
    return tuple(groups)


def _ranking(ranking: ArrayLike, number: int, n_items: int) -> IntArray:
    name = f"ranking {number}"
    try:
        items = whole_numbers(ranking, name)
    except ValueError as error:
        raise ValueError(
            f"{error}; ties within a ranking cannot be given, "
            "davidson and rao_kupper take them pair by pair"
        ) from None
    if items.ndim != 1:
        raise ValueError(f"{name} must list item indices, best first")
    _check_length(len(items), number)
    return checked_items(items, n_items, name)


def _check_length(length: int, number: int) -> None:
    if length < 2:  # noqa: PLR2004 - one item alone is not ranked
        raise ValueError(f"ranking {number} names fewer than two items")


def _check_distinct(repeats: np.ndarray) -> None:
    if repeats.any():
        raise ValueError(f"ranking {int(np.flatnonzero(repeats)[0])} names an item twice")
