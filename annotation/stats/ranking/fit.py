"""Strengths, position effect and tie parameter of one table of votes."""

from dataclasses import dataclass

import numpy as np

from annotation.stats.bootstrap import FloatArray
from annotation.stats.ranking.connected import TIE, require_bounded
from annotation.stats.ranking.errors import Unbounded
from annotation.stats.ranking.models import (
    Model,
    Terms,
    bradley_terry_terms,
    davidson_terms,
    rao_kupper_terms,
)
from annotation.stats.ranking.newton import Point, maximise
from annotation.stats.ranking.votes import PairTable, summed

MODELS: dict[str, Model] = {
    "bradley_terry": bradley_terry_terms,
    "davidson": davidson_terms,
    "rao_kupper": rao_kupper_terms,
}


@dataclass(frozen=True)
class PairLikelihood:
    """A model of a table as a function of (strengths, position effect?, tie parameter?).

    prior: standard deviation of the normal prior of strengths and position effect, or None.
    """

    model: str
    table: PairTable
    position: bool
    ties: bool
    prior: float | None

    @property
    def n_parameters(self) -> int:
        return self.table.n_items + self.position + self.ties

    def __call__(self, at: FloatArray) -> Point:
        table, n = self.table, self.table.n_items
        terms = self.terms(at, table.counts)
        value, gradient = float(terms.value.sum()), np.empty(self.n_parameters)
        gradient[:n] = self._spread(terms.d)
        if self.position:
            gradient[n] = terms.d @ table.order
        if self.ties:
            gradient[-1] = terms.t.sum()
        point = Point(value, gradient, self._information(terms.dd, terms.dt, terms.tt))
        return point if self.prior is None else self._with_prior(point, at)

    def terms(self, at: FloatArray, counts: FloatArray) -> Terms:
        """Return what counts (n_rows, 3) in the table's rows contribute."""
        table, n = self.table, self.table.n_items
        gaps = at[table.i] - at[table.j]
        if self.position:
            gaps = gaps + at[n] * table.order
        return MODELS[self.model](gaps, float(at[-1]) if self.ties else 0.0, counts)

    def log_likelihood(self, at: FloatArray) -> float:
        """Return the log-likelihood without the prior, in nats."""
        return PairLikelihood(self.model, self.table, self.position, self.ties, None)(at).value

    def _information(self, dd: FloatArray, dt: FloatArray, tt: FloatArray) -> FloatArray:
        table, n = self.table, self.table.n_items
        information = np.zeros((self.n_parameters, self.n_parameters))
        above = summed(table.i * n + table.j, dd, n * n)
        met = above.reshape(n, n) + above.reshape(n, n).T
        information[:n, :n] = np.diag(met.sum(axis=1)) - met
        if self.position:
            self._border(information, n, self._spread(dd * table.order), float(dd @ table.order**2))
        if self.ties:
            self._border(information, -1, self._spread(dt), float(tt.sum()))
        if self.position and self.ties:
            information[n, -1] = information[-1, n] = dt @ table.order
        return information

    def _border(
        self, information: FloatArray, at: int, with_items: FloatArray, diagonal: float
    ) -> None:
        n = self.table.n_items
        information[:n, at] = information[at, :n] = with_items
        information[at, at] = diagonal

    def _spread(self, per_row: FloatArray) -> FloatArray:
        """Sum derivatives by the gap of each row into derivatives by the strength of each item."""
        table, n = self.table, self.table.n_items
        return summed(table.i, per_row, n) - summed(table.j, per_row, n)

    def _with_prior(self, point: Point, at: FloatArray) -> Point:
        assert self.prior is not None  # noqa: S101 - the caller asked
        held = self.table.n_items + self.position
        precision = self.prior**-2
        gradient, information = point.gradient.copy(), point.information.copy()
        gradient[:held] -= precision * at[:held]
        information[np.arange(held), np.arange(held)] += precision
        penalty = precision * float(at[:held] @ at[:held]) / 2
        return Point(point.value - penalty, gradient, information)


def likelihood_of(
    table: PairTable, model: str, *, position: bool, prior: float | None
) -> PairLikelihood:
    """Return the likelihood to maximise, or raise Unbounded when it has no finite maximum.

    Without any tie the tie models end at the edge where they are Bradley-Terry's, so that model
    is returned. A prior bounds strengths and position effect, never the tie parameter.
    """
    ties = bool(table.counts[:, TIE].any())
    if ties and not table.counts[:, [0, 2]].any():
        raise Unbounded("every comparison is a tie: the tie parameter has no finite maximum")
    if prior is None:
        require_bounded(table, position=position)
    return PairLikelihood(
        model if ties else "bradley_terry", table, position=position, ties=ties, prior=prior
    )


def solve(likelihood: PairLikelihood, start: FloatArray | None = None) -> FloatArray:
    """Return the parameters at the maximum. start: parameters near it, when some are known."""
    if start is None or len(start) != likelihood.n_parameters:
        start = np.zeros(likelihood.n_parameters)
        if likelihood.model == "rao_kupper":
            start[-1] = 0.5
    return maximise(likelihood, start, likelihood.table.n_items)
