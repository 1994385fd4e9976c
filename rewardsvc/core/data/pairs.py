"""Judged pairs of triples, as arrays."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Judged pairs of triples; every array has one entry per pair.

    i, j: indices of triples. outcome: 1 = i is preferred, -1 = j, 0 = tie.
    gap: (n, n_dimensions) mean score of i minus that of j, NaN where unknown.
    source: index into `PreferenceData.sources`. weight: share of the loss. n_votes: verdicts in
    force on the pair. n_agreeing: how many of them agree with the outcome.
    """

    i: Ints
    j: Ints
    outcome: Ints
    gap: Floats
    source: Ints
    weight: Floats
    n_votes: Ints
    n_agreeing: Ints

    def __len__(self) -> int:
        return len(self.i)

    def take(self, index: NDArray[np.generic]) -> "Pairs":
        """Return the pairs at the indices, or where a mask is true."""
        return Pairs(
            self.i[index],
            self.j[index],
            self.outcome[index],
            self.gap[index],
            self.source[index],
            self.weight[index],
            self.n_votes[index],
            self.n_agreeing[index],
        )

    def by_confidence(self) -> "Pairs":
        """Return the pairs weighed by how surely their votes name the majority, on average 1.

        The weight is the posterior probability, from an even prior on the share of annotators
        who would agree, that this share is above one half; 1/2 for a pair without a vote.
        """
        agreeing, others = self.n_agreeing, self.n_votes - self.n_agreeing
        sure = 1 - betainc(agreeing + 1, others + 1, 0.5)
        return replace(self, weight=self.weight * sure / sure.mean())
