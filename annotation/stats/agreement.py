"""Agreement between raters: Krippendorff's alpha and raw agreement, with bootstrap intervals."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.bootstrap import (
    FloatArray,
    IntArray,
    Rows,
    cluster_numbers,
    grouped,
    merged,
    resample,
)
from annotation.stats.coincidence import (
    METRICS,
    Coincidences,
    agreements,
    alphas,
    checked_ratings,
    coincidences,
)

LEVELS = tuple(METRICS)


class Bootstrap(NamedTuple):
    """An agreement with its 95 % interval; None where it is undefined.

    n_units: units with at least two votes, the ones that say anything about agreement.
    n_degenerate: replicates in which it was undefined; they are left out of the interval.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n_units: int
    n_degenerate: int


def krippendorff_alpha(ratings: ArrayLike, level: str) -> float | None:
    """Return Krippendorff's alpha, or None where it is undefined (see `why_undefined`).

    ratings: (n_raters, n_units), NaN = no vote. level: nominal, ordinal, interval or ratio.
    Units with fewer than two votes contribute nothing. The ordinal metric is Krippendorff's
    (squared number of votes between two values), not the "ordinal weights" of Gwet's AC2.
    Raises ValueError on an unknown level, another shape, infinite votes, or negative ones on a
    ratio scale.
    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
    """
    table = _table(ratings, level)
    return _estimate(partial(alphas, table=table, level=level), table)


def why_undefined(ratings: ArrayLike, level: str) -> str | None:
    """Return the reason why alpha is undefined on these ratings, as a sentence, or None.

    Takes and refuses what `krippendorff_alpha` does.
    """
    table = _table(ratings, level)
    if np.isnan(np.asarray(ratings, dtype=np.float64)).all():
        return "There are no votes."
    if not len(table.counts):
        return "No unit has votes of two or more raters."
    if len(table.values) < 2:  # noqa: PLR2004 - chance agreement needs variety
        return "All votes on units with two or more votes are the same value; alpha needs two."
    return None


def raw_agreement(ratings: ArrayLike) -> float | None:
    """Return the observed pairwise agreement, or None when no unit has two votes.

    ratings: (n_raters, n_units), NaN = no vote. The chance that a vote equals another vote on its
    unit, every vote of a unit with at least two votes counting the same: 1 minus the observed
    disagreement of nominal alpha. Raises ValueError on another shape or infinite votes.
    """
    table = coincidences(checked_ratings(ratings))
    return _estimate(partial(agreements, table=table), table)


def bootstrap_alpha(  # noqa: PLR0913 - all but two are keywords
    ratings: ArrayLike,
    level: str,
    *,
    clusters: ArrayLike | None = None,
    n_replicates: int = 2000,
    seed: int = 0,
    method: str = "auto",
) -> Bootstrap:
    """Return alpha with a 95 % interval from resampling units, or clusters of units.

    ratings: (n_raters, n_units), NaN = no vote. clusters: (n_units,), for example the source image
    of each comparison; units of one cluster are drawn together. A unit's votes stay together.
    method: percentile, bca, or auto = BCa below 100 units (or clusters) and percentile from there.
    No interval (None) for fewer than two units or clusters with two votes on a unit.
    Raises ValueError as `krippendorff_alpha`, and on clusters of another length.
    """
    table = _table(ratings, level)
    rows, counts = _resampled(table, clusters)
    statistic = partial(alphas, table=table, level=level)
    found = resample(rows, counts, statistic, n_replicates=n_replicates, seed=seed, method=method)
    return Bootstrap(*found[:3], int(table.counts.sum()), found.n_degenerate)


def bootstrap_raw_agreement(
    ratings: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    n_replicates: int = 2000,
    seed: int = 0,
    method: str = "auto",
) -> Bootstrap:
    """Return the raw agreement with a 95 % interval; arguments as in `bootstrap_alpha`."""
    table = coincidences(checked_ratings(ratings))
    rows, counts = _resampled(table, clusters)
    statistic = partial(agreements, table=table)
    found = resample(rows, counts, statistic, n_replicates=n_replicates, seed=seed, method=method)
    return Bootstrap(*found[:3], int(table.counts.sum()), found.n_degenerate)


def _table(ratings: ArrayLike, level: str) -> Coincidences:
    if level not in METRICS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {level!r}")
    array = checked_ratings(ratings)
    if level == "ratio" and (array < 0).any():
        raise ValueError("a ratio scale has no negative votes")
    return coincidences(array)


def _estimate(statistic: Callable[[FloatArray], FloatArray], table: Coincidences) -> float | None:
    value = statistic(table.counts[None, :].astype(np.float64) @ table.rows)[0]
    return None if np.isnan(value) else float(value)


def _resampled(table: Coincidences, clusters: ArrayLike | None) -> tuple[Rows, IntArray]:
    """Return the rows to draw from and how often each occurs."""
    if clusters is None:
        return table.rows, table.counts
    numbers = cluster_numbers(clusters, len(table.pairable))
    groups = np.unique(numbers[table.pairable], return_inverse=True)[1]
    return merged(grouped(groups, table.pattern, table.rows))
