"""Rankings of many resamples of one table of votes, fitted together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotation.stats.bootstrap import FloatArray
from annotation.stats.ranking.connected import LOSS, TIE, WIN
from annotation.stats.ranking.fit import MODELS, PairLikelihood
from annotation.stats.ranking.models import Terms
from annotation.stats.ranking.newton import ROUNDING, SMALL_STEP, SUFFICIENT
from annotation.stats.ranking.votes import PairTable

BoolArray = NDArray[np.bool_]

MAX_STEPS = 50
MAX_HALVINGS = 30


class Points(NamedTuple):
    """Log-likelihoods (R,), gradients (R, n) and observed informations (R, n, n)."""

    value: FloatArray
    gradient: FloatArray
    information: FloatArray


def surely_bounded(table: PairTable, counts: FloatArray, *, position: bool) -> BoolArray:
    """Return which replicates surely have a finite, unique maximum, (R,).

    counts: (R, n_rows, 3), in the table's rows. A cheap sufficient condition: every item is
    reached from every other, and opposite wins of one pair rule out every direction in which the
    likelihood could rise for ever. Replicates that fail it need the whole check.
    """
    won, tied, lost = (counts[..., column] > 0 for column in (WIN, TIE, LOSS))
    return _all_reached(table, won | tied, lost | tied) & _opposed(
        table, won, lost, position=position
    )


def fit_replicates(
    likelihood: PairLikelihood, counts: FloatArray, start: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Maximise the likelihood of every replicate; return (R, n_parameters) and which converged.

    likelihood: of the original table, with all its parameters. counts: (R, n_rows, 3). start:
    parameters near the maxima, (n_parameters,). Newton's method with halved steps.
    """
    here = np.tile(start, (len(counts), 1))
    converged = np.zeros(len(counts), dtype=bool)
    left = np.arange(len(counts))
    points_of = _Likelihoods(likelihood)
    points = points_of(here, counts)
    for _ in range(MAX_STEPS):
        try:
            step = _steps(points, likelihood.table.n_items)
        except np.linalg.LinAlgError:  # one singular replicate; alone each says so for itself
            break
        small = np.abs(step).max(axis=1) <= SMALL_STEP * (1 + np.abs(here[left]).max(axis=1))
        here[left[small]] += step[small]
        converged[left[small]] = True
        left, step, points = left[~small], step[~small], _of(points, ~small)
        if not len(left):
            break
        here[left], points, risen = _climb(points_of, counts[left], (here[left], step), points)
        left, points = left[risen], _of(points, risen)
    n_items = likelihood.table.n_items
    here[:, :n_items] -= here[:, :n_items].mean(axis=1, keepdims=True)
    return here, converged


def _climb(
    points_of: "_Likelihoods",
    counts: FloatArray,
    at: tuple[FloatArray, FloatArray],
    points: Points,
) -> tuple[FloatArray, Points, BoolArray]:
    """Go along each step (R, n), halved until the likelihood rises; also return where it did."""
    here, step = at
    slope = (points.gradient * step).sum(axis=1)
    slack = ROUNDING * (1 + np.abs(points.value))
    share, risen = np.ones(len(here)), np.zeros(len(here), dtype=bool)
    found = here.copy()
    result = Points(*(part.copy() for part in points))
    for _ in range(MAX_HALVINGS):
        left = np.flatnonzero(~risen)
        there = here[left] + share[left, None] * step[left]
        reached = points_of(there, counts[left])
        least = points.value[left] + SUFFICIENT * share[left] * slope[left] - slack[left]
        good = reached.value >= least
        found[left[good]] = there[good]
        for part, new in zip(result, reached, strict=True):
            part[left[good]] = new[good]
        risen[left[good]] = True
        if risen.all():
            break
        share[~risen] /= 2
    return found, result, risen


class _Likelihoods:
    """The likelihoods of many replicates, as functions of parameters (R, n) and counts."""

    def __init__(self, likelihood: PairLikelihood) -> None:
        table, n = likelihood.table, likelihood.table.n_items
        n_rows = len(table.i)
        self.likelihood = likelihood
        rows = np.arange(n_rows)
        # The items of each row, (n_rows, n_items), and its pair, (n_rows, n_items^2).
        self.by_gap = sparse.csr_array(
            (
                np.repeat([1.0, -1.0], n_rows),
                (np.tile(rows, 2), np.concatenate([table.i, table.j])),
            ),
            shape=(n_rows, n),
        )
        self.by_pair = sparse.csr_array(
            (np.ones(n_rows), (rows, table.i * n + table.j)), shape=(n_rows, n * n)
        )

    def __call__(self, at: FloatArray, counts: FloatArray) -> Points:
        likelihood, table = self.likelihood, self.likelihood.table
        n = table.n_items
        gaps = at[:, table.i] - at[:, table.j]
        if likelihood.position:
            gaps = gaps + at[:, [n]] * table.order
        spread = at[:, -1:] if likelihood.ties else 0.0
        terms = MODELS[likelihood.model](gaps, spread, counts)
        gradient = np.empty((len(at), likelihood.n_parameters))
        gradient[:, :n] = terms.d @ self.by_gap
        if likelihood.position:
            gradient[:, n] = terms.d @ table.order
        if likelihood.ties:
            gradient[:, -1] = terms.t.sum(axis=1)
        points = Points(terms.value.sum(axis=1), gradient, self._information(terms))
        return points if likelihood.prior is None else _with_prior(points, at, likelihood)

    def _information(self, terms: Terms) -> FloatArray:
        likelihood, table = self.likelihood, self.likelihood.table
        n, n_all = table.n_items, likelihood.n_parameters
        information = np.zeros((len(terms.dd), n_all, n_all))
        above = (terms.dd @ self.by_pair).reshape(-1, n, n)
        met = above + above.transpose(0, 2, 1)
        information[:, :n, :n] = -met
        information[:, np.arange(n), np.arange(n)] += met.sum(axis=2)
        if likelihood.position:
            shown = terms.dd * table.order
            information[:, n, :n] = information[:, :n, n] = shown @ self.by_gap
            information[:, n, n] = shown @ table.order
        if likelihood.ties:
            information[:, -1, :n] = information[:, :n, -1] = terms.dt @ self.by_gap
            information[:, -1, -1] = terms.tt.sum(axis=1)
        if likelihood.position and likelihood.ties:
            information[:, n, -1] = information[:, -1, n] = terms.dt @ table.order
        return information


def _with_prior(points: Points, at: FloatArray, likelihood: PairLikelihood) -> Points:
    assert likelihood.prior is not None  # noqa: S101 - the caller asked
    held, precision = likelihood.table.n_items + likelihood.position, likelihood.prior**-2
    value = points.value - precision * (at[:, :held] ** 2).sum(axis=1) / 2
    points.gradient[:, :held] -= precision * at[:, :held]
    points.information[:, np.arange(held), np.arange(held)] += precision
    return Points(value, points.gradient, points.information)


def _steps(points: Points, n_items: int) -> FloatArray:
    """Return Newton's steps (R, n), with the shift of all strengths, which is flat, filled."""
    pinned = points.information.copy()
    weight = np.einsum("rii->ri", pinned)[:, :n_items].mean(axis=1)
    pinned[:, :n_items, :n_items] += (weight / n_items)[:, None, None]
    steps = np.linalg.solve(pinned, points.gradient[..., None])[..., 0]
    return steps.astype(np.float64, copy=False)


def _of(points: Points, rows: BoolArray) -> Points:
    return Points(*(part[rows] for part in points))


def _all_reached(table: PairTable, up: BoolArray, down: BoolArray) -> BoolArray:
    """Whether chains of wins or ties lead from every item to every other, (R,)."""
    n = table.n_items
    reach = np.zeros((len(up), n, n), dtype=np.float32)
    reach[:, np.arange(n), np.arange(n)] = 1
    for row, (i, j) in enumerate(zip(table.i.tolist(), table.j.tolist(), strict=True)):
        reach[:, i, j] = np.maximum(reach[:, i, j], up[:, row])
        reach[:, j, i] = np.maximum(reach[:, j, i], down[:, row])
    length = 1
    while length < n - 1:
        reach = np.minimum(reach @ reach, np.float32(1))
        length *= 2
    return np.asarray((reach > 0).all(axis=(1, 2)))


def _opposed(table: PairTable, won: BoolArray, lost: BoolArray, *, position: bool) -> BoolArray:
    """Whether some pair was decided both ways, and against either direction of the position."""
    _, pair = np.unique(table.i * table.n_items + table.j, return_inverse=True)
    shape = (len(won), int(pair.max()) + 1)
    # Order of the side shown, from -1 to 1, of the wins and losses of each pair; -2 and 2: none.
    most, least = np.full((2, *shape), -2), np.full((2, *shape), 2)
    for row, (at, order) in enumerate(zip(pair.tolist(), table.order.tolist(), strict=True)):
        for side, seen in enumerate((won, lost)):
            most[side, seen[:, row], at] = np.maximum(most[side, seen[:, row], at], order)
            least[side, seen[:, row], at] = np.minimum(least[side, seen[:, row], at], order)
    both = (most[0] > -2) & (most[1] > -2)  # noqa: PLR2004 - the mark of none
    up, down = most[1] > least[0], least[1] < most[0]
    ruled_out: BoolArray = np.any(both & up, axis=1) & np.any(both & down, axis=1)
    return ruled_out if position else np.asarray(both.any(axis=1))
