"""Results of rankings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from annotation.stats.bootstrap import FloatArray


@dataclass(frozen=True, eq=False)
class Listing:
    """Strengths of items; unpacks and indexes as its first fields, in the order of `parts`.

    strengths: (n_items,), log-odds, mean zero. standard_errors: (n_items,), of the strengths with
    mean zero, so not of a difference: ask `difference`. log_likelihood: nats, prior not included.
    covariance: (n_items, n_items) of the strengths. prior: standard deviation in log-odds of the
    normal prior that the strengths were regularised with, None = maximum likelihood.
    """

    strengths: FloatArray
    standard_errors: FloatArray
    log_likelihood: float
    covariance: FloatArray
    prior: float | None

    parts: ClassVar[tuple[str, ...]] = ("strengths", "standard_errors", "log_likelihood")

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, part) for part in self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, index: int) -> Any:
        return getattr(self, self.parts[index])

    def difference(self, a: int, b: int) -> tuple[float, float]:
        """Return strength of a minus strength of b, log-odds, and its standard error."""
        spread = self.covariance[a, a] + self.covariance[b, b] - 2 * self.covariance[a, b]
        return float(self.strengths[a] - self.strengths[b]), float(np.sqrt(max(spread, 0.0)))


@dataclass(frozen=True, eq=False)
class Ranking(Listing):
    """Strengths from pairs.

    position_effect: log-odds that being shown first adds, None when no order was given;
    position_standard_error: its standard error.
    """

    position_effect: float | None
    position_standard_error: float | None

    parts: ClassVar[tuple[str, ...]] = (*Listing.parts, "position_effect")


@dataclass(frozen=True, eq=False)
class DavidsonRanking(Ranking):
    """log_nu: -inf without any tie, where the model is Bradley-Terry's; then no standard error."""

    log_nu: float
    log_nu_standard_error: float | None

    parts: ClassVar[tuple[str, ...]] = (*Ranking.parts, "log_nu")


@dataclass(frozen=True, eq=False)
class RaoKupperRanking(Ranking):
    """log_theta: 0 without any tie, where the model is Bradley-Terry's; then no standard error."""

    log_theta: float
    log_theta_standard_error: float | None

    parts: ClassVar[tuple[str, ...]] = (*Ranking.parts, "log_theta")
