"""Speed of people compared with each other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.columns import FloatArray, IntArray, equally_long, numbered, positive

# Makes the median and the mean absolute deviation estimate a normal's standard deviation.
MEDIAN_DEVIATION = 1.482602218505602
MEAN_DEVIATION = 1.2533141373155003
FEWEST_PEOPLE = 3


class Speed(NamedTuple):
    """One person's pace. z is negative for the fast; None where undefined.

    n: judgments with a time; median_seconds is of all of them. n_compared and log_ratio: those
    that enter z, and the median of their log times, of which e to the power is a ratio of times
    when compared by unit. z: how many robust standard deviations that lies from the median person.
    """

    rater: object
    n: int
    median_seconds: float
    n_compared: int
    log_ratio: float | None
    z: float | None


def speeds(rater: ArrayLike, seconds: ArrayLike, *, unit: ArrayLike | None = None) -> list[Speed]:
    """Return each rater's robust z of the median log active time, raters sorted.

    rater, seconds: (n_judgments,), seconds above 0. unit: (n_judgments,), for example the
    comparison: each log time is then taken relative to the median of the others' on the same unit,
    so that nobody looks slow for getting the hard ones; judgments that nobody else made are left
    out. The spread over people is 1.4826 times the median absolute deviation; where that is 0
    (more than half are equal) 1.2533 times the mean absolute deviation. No z for fewer than three
    people, nor when all are equal.
    Raises ValueError on unequal lengths, missing names, or times that are not positive and finite.
    Source: Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers.
    """
    names, raters = numbered(rater, "rater")
    times = positive(seconds, "seconds")
    equally_long(rater=raters, seconds=times)
    logs, compared = np.log(times), np.ones(len(times), dtype=bool)
    if unit is not None:
        _, units = numbered(unit, "unit")
        equally_long(rater=raters, seconds=times, unit=units)
        others = _median_of_others(units, logs)
        compared = ~np.isnan(others)
        logs = logs - others
    centres = _medians(raters[compared], logs[compared], len(names))
    columns = (
        names,
        np.bincount(raters, minlength=len(names)),
        _medians(raters, times, len(names)),
        np.bincount(raters[compared], minlength=len(names)),
        centres,
        _robust_z(centres),
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        Speed(name, n, median, n_compared, _known(log_ratio), _known(z))
        for name, n, median, n_compared, log_ratio, z in rows
    ]


def _robust_z(centres: FloatArray) -> FloatArray:
    """Return (n_people,), NaN where undefined."""
    known = centres[~np.isnan(centres)]
    if len(known) < FEWEST_PEOPLE:
        return np.full(len(centres), np.nan)
    middle = np.median(known)
    apart = np.abs(known - middle)
    spread = MEDIAN_DEVIATION * np.median(apart) or MEAN_DEVIATION * apart.mean()
    return (centres - middle) / (spread or np.nan)


def _medians(groups: IntArray, values: FloatArray, n_groups: int) -> FloatArray:
    """Return the median of each group, NaN for an empty one."""
    order = np.lexsort((values, groups))
    sizes = np.bincount(groups, minlength=n_groups)
    starts = np.cumsum(sizes) - sizes
    filled = sizes > 0
    medians = np.full(n_groups, np.nan)
    low = order[(starts + (sizes - 1) // 2)[filled]]
    high = order[(starts + sizes // 2)[filled]]
    medians[filled] = (values[low] + values[high]) / 2
    return medians


def _median_of_others(groups: IntArray, values: FloatArray) -> FloatArray:
    """Return for each value the median of the others in its group, NaN where there are none."""
    order = np.lexsort((values, groups))
    sizes = np.bincount(groups)
    starts = (np.cumsum(sizes) - sizes)[groups[order]]
    others = sizes[groups[order]] - 1
    position = np.arange(len(order)) - starts

    def other(rank: IntArray) -> FloatArray:
        beyond = np.where(rank < position, rank, rank + 1)
        found: FloatArray = values[order[np.minimum(starts + beyond, len(order) - 1)]]
        return found

    middle = (other(np.maximum(others - 1, 0) // 2) + other(others // 2)) / 2
    medians = np.empty(len(order))
    medians[order] = np.where(others > 0, middle, np.nan)
    return medians


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
