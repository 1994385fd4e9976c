"""Agreement between raters: Krippendorff's alpha and raw agreement, with bootstrap intervals.

Gwet's AC and the kappas are in other modules and are re-exported here.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.bootstrap import Bootstrap, Draws, FloatArray, resample_units
from annotation.stats.chance_corrected import (
    GwetAgreement,
    bootstrap_gwet_ac,
    gwet_ac,
    why_gwet_undefined,
)
from annotation.stats.coincidence import (
    METRICS,
    Coincidences,
    agreements,
    alphas,
    checked_ratings,
    coincidences,
)
from annotation.stats.kappas import (
    bootstrap_cohen_kappa,
    cohen_kappa,
    fleiss_kappa,
    why_cohen_undefined,
    why_fleiss_undefined,
)

__all__ = [
    "LEVELS",
    "Bootstrap",
    "GwetAgreement",
    "bootstrap_alpha",
    "bootstrap_cohen_kappa",
    "bootstrap_gwet_ac",
    "bootstrap_raw_agreement",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "krippendorff_alpha",
    "raw_agreement",
    "why_cohen_undefined",
    "why_fleiss_undefined",
    "why_gwet_undefined",
    "why_undefined",
    "without_ties",
]

LEVELS = tuple(METRICS)


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


def without_ties(ratings: ArrayLike, ties: ArrayLike) -> FloatArray:
    """Return ratings with the votes that are ties taken out (NaN), for agreement on direction.

    ratings: (n_raters, n_units), NaN = no vote. ties: the value or values that stand for a tie,
    for example 0 among 1, 0, -1, or those of good and bad ties. Every other vote stays, so a unit
    counts where two people decided, whoever else called it a tie.
    Raises ValueError on another shape, infinite votes, or ties that are missing.
    """
    array = checked_ratings(ratings)
    named = np.atleast_1d(np.asarray(ties, dtype=np.float64)).ravel()
    if not len(named) or np.isnan(named).any():
        raise ValueError("ties must name the values that stand for a tie")
    return np.where(np.isin(array, named), np.nan, array)


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
    draws = Draws(clusters=clusters, n_replicates=n_replicates, seed=seed, method=method)
    return _bootstrap(partial(alphas, table=table, level=level), table, draws)


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
    draws = Draws(clusters=clusters, n_replicates=n_replicates, seed=seed, method=method)
    return _bootstrap(partial(agreements, table=table), table, draws)


def _bootstrap(
    statistic: Callable[[FloatArray], FloatArray], table: Coincidences, draws: Draws
) -> Bootstrap:
    n_units = int(table.counts.sum())
    return resample_units(
        table.rows, table.pattern, table.pairable, statistic, n_units=n_units, draws=draws
    )


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
