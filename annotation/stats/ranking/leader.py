"""How few votes decide who is first."""

from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.bootstrap import FloatArray, IntArray
from annotation.stats.ranking.errors import NotConverged, Unbounded
from annotation.stats.ranking.fit import likelihood_of, solve
from annotation.stats.ranking.intervals import SAME, checked_table
from annotation.stats.ranking.newton import covariance
from annotation.stats.ranking.pairs import checked_prior
from annotation.stats.ranking.votes import PairTable

# Fits that the search for a smaller removal may cost; about a second for ten items.
BUDGET = 3000


class RemovedVotes(NamedTuple):
    """Some votes of one kind: outcome 1 = i wins, 0 = tie, -1 = j wins; first: item or None."""

    i: int
    j: int
    outcome: int
    first_shown: int | None
    n_votes: int


class LeaderFlip(NamedTuple):
    """Votes without which another item is first.

    leader: the strongest item, None when two share the top (n_votes is then 0). n_votes: None when
    no such removal was found. exact: whether every smaller removal was tried; otherwise n_votes is
    an upper bound. share: n_votes of all votes. new_leader: who is first without them.
    """

    leader: int | None
    new_leader: int | None
    n_votes: int | None
    share: float | None
    exact: bool
    removed: tuple[RemovedVotes, ...]


def votes_to_flip_leader(  # noqa: PLR0913 - a ranking's inputs and the search's
    i: ArrayLike,
    j: ArrayLike,
    outcome: ArrayLike,
    n_items: int,
    *,
    model: str = "davidson",
    first_shown: ArrayLike | None = None,
    prior: float | None = None,
    budget: int = BUDGET,
) -> LeaderFlip:
    """Return the fewest votes found whose removal puts another item first.

    i, j, outcome, first_shown, prior: as in davidson; model: bradley_terry, davidson, rao_kupper.
    Votes are removed greedily by their influence on the gap to each challenger, with fits in
    between; votes that turn out unnecessary go back. The answer is the ranking fitted without
    them, not the influence. Then every smaller removal is fitted while `budget` fits allow; when
    they all leave the leader first, the number is exact. Removals after which the ranking has no
    finite maximum do not count.
    Raises ValueError on bad input, Unbounded when the votes themselves have no finite maximum.
    Source: the question of Broderick, Giordano and Meager (2020), arXiv 2011.14999.
    """
    table, _ = checked_table(i, j, outcome, n_items, model=model, first_shown=first_shown)
    search = _Search(table, model, first_shown is not None, checked_prior(prior))
    first, second = np.argsort(-search.start[:n_items], kind="stable")[:2].tolist()
    if search.start[first] - search.start[second] <= SAME:
        return LeaderFlip(None, None, 0, 0.0, exact=True, removed=())
    best: IntArray | None = None
    for challenger in np.argsort(-search.start[:n_items], kind="stable")[1:].tolist():
        found = search.greedy(first, challenger, None if best is None else int(best.sum()))
        if found is not None:
            best = found
    below = int(table.counts.sum() if best is None else best.sum())
    smaller, exact = search.exhausted(first, below, budget)
    best = best if smaller is None else smaller
    if best is None:
        return LeaderFlip(first, None, None, None, exact=exact, removed=())
    return search.answer(first, best, exact=exact)


@dataclass
class _Search:
    table: PairTable
    model: str
    position: bool
    prior: float | None
    start: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self.start = self._solve(self.table.counts, None)

    def strengths(self, removed: IntArray) -> FloatArray | None:
        """Return the parameters without some votes, (n_cells,) of them; None if not finite."""
        left = self.table.counts - removed.reshape(-1, 3)
        try:
            return self._solve(left, self.start)
        except (Unbounded, NotConverged):
            return None

    def flipped(self, leader: int, removed: IntArray) -> bool:
        found = self.strengths(removed)
        return found is not None and self._gap(found, leader) > SAME

    def greedy(self, leader: int, challenger: int, below: int | None) -> IntArray | None:
        """Return fewer than `below` votes per cell whose removal flips, or None."""
        removed = np.zeros(self.table.counts.size, dtype=np.int64)
        found = self.start
        barred = np.zeros(removed.size, dtype=bool)
        while below is None or removed.sum() < below:
            left = self.table.counts.ravel() - removed
            drops = self._influence(left, found, leader, challenger)
            drops[(left < 1) | barred] = 0.0
            cell = int(np.argmax(drops))
            if drops[cell] <= 0:
                return None
            missing = (found[leader] - found[challenger]) / drops[cell]
            # Half of what is foreseen, since influence grows as votes go.
            step = int(min(left[cell], max(1, missing // 2)))
            trial = removed.copy()
            trial[cell] += step
            reached = self.strengths(trial)
            if reached is None:
                barred[cell] = True
                continue
            removed, found = trial, reached
            if self._gap(found, leader) > SAME:
                trimmed = self._trimmed(leader, removed)
                return trimmed if below is None or trimmed.sum() < below else None
        return None

    def exhausted(self, leader: int, below: int, budget: int) -> tuple[IntArray | None, bool]:
        """Try every removal of fewer than `below` votes, smallest first, while fits are left.

        Returns the smallest that flips, if one does, and whether none smaller than the answer is
        left untried.
        """
        cells = np.flatnonzero(self.table.counts.ravel() >= 1)
        counts = self.table.counts.ravel()
        for size in range(1, below):
            budget -= comb(len(cells) + size - 1, size)
            if budget < 0:
                return None, False
            for chosen in combinations_with_replacement(cells.tolist(), size):
                removed = np.bincount(chosen, minlength=counts.size)
                if (removed <= counts).all() and self.flipped(leader, removed):
                    return removed, True
        return None, True

    def answer(self, leader: int, removed: IntArray, *, exact: bool) -> LeaderFlip:
        found = self.strengths(removed)
        assert found is not None  # noqa: S101 - it flipped
        n_votes = int(removed.sum())
        table = self.table
        votes = []
        for cell in np.flatnonzero(removed).tolist():
            row, column = divmod(cell, 3)
            i, j = int(table.i[row]), int(table.j[row])
            first = {1: i, -1: j}.get(int(table.order[row]))
            votes.append(RemovedVotes(i, j, 1 - column, first, int(removed[cell])))
        new = int(np.argmax(found[: table.n_items]))
        share = n_votes / float(table.counts.sum())
        return LeaderFlip(leader, new, n_votes, share, exact, tuple(votes))

    def _trimmed(self, leader: int, removed: IntArray) -> IntArray:
        """Put back every vote without which the leader still loses the lead."""
        for cell in np.flatnonzero(removed)[::-1].tolist():
            low, high = 0, int(removed[cell])
            while low < high:
                middle = (low + high) // 2
                trial = removed.copy()
                trial[cell] = middle
                if self.flipped(leader, trial):
                    high = middle
                else:
                    low = middle + 1
            removed = removed.copy()
            removed[cell] = high
        return removed

    def _influence(
        self, left: FloatArray, at: FloatArray, leader: int, challenger: int
    ) -> FloatArray:
        """Return by how much the gap shrinks, to first order, for one vote less, (n_cells,)."""
        table = self.table.with_counts(left.reshape(-1, 3))
        likelihood = likelihood_of(table, self.model, position=self.position, prior=self.prior)
        if len(at) != likelihood.n_parameters:
            at = solve(likelihood)
        n = table.n_items
        spread = covariance(likelihood(at).information, n)
        pull = spread[leader] - spread[challenger]
        drops = np.empty((len(table.i), 3))
        for column in range(3):
            one = np.zeros_like(table.counts)
            one[:, column] = 1.0
            terms = likelihood.terms(at, one)
            per_row = terms.d * (pull[table.i] - pull[table.j])
            if self.position:
                per_row = per_row + terms.d * table.order * pull[n]
            if likelihood.ties:
                per_row = per_row + terms.t * pull[-1]
            drops[:, column] = per_row
        return drops.ravel()

    def _gap(self, found: FloatArray, leader: int) -> float:
        """Return the lead of the best other item over the leader, negative while it is behind."""
        others = found[: self.table.n_items].copy()
        others[leader] = -np.inf
        return float(others.max() - found[leader])

    def _solve(self, counts: FloatArray, start: FloatArray | None) -> FloatArray:
        table = self.table.with_counts(counts)
        likelihood = likelihood_of(table, self.model, position=self.position, prior=self.prior)
        return solve(likelihood, start)
