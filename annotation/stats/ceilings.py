"""Agreement among people: the ceiling against which a model's agreement is compared."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from annotation.stats.bootstrap import FloatArray
from annotation.stats.coincidence import checked_ratings
from annotation.stats.columns import numbered

# Products that are equal in exact arithmetic may differ in the last bit, which would change ranks.
DECIMALS = 10
AVERAGES = ("plain", "fisher", "published")
# arctanh has no value at 1; so near to it, the average is 1 whatever the others are.
MOST = 1 - 1e-12


class RaterCeiling(NamedTuple):
    """Rank correlation of each rater with the mean of the others, per group of units.

    value: their average; None when every correlation is undefined. correlations: (n_groups,
    n_raters), NaN where a rater or the others are constant, or share fewer than two units, in the
    order of `groups`. n_left_out: how many are NaN; they enter no average.
    """

    value: float | None
    correlations: FloatArray
    groups: tuple[object, ...]
    n_left_out: int


class PairCeiling(NamedTuple):
    """How often a rater orders two units of one group as the mean of the others does.

    share: None without any pair that both order; n: such pairs, over all raters.
    """

    share: float | None
    n: int


def human_correlation(
    ratings: ArrayLike, *, group: ArrayLike | None = None, average: str = "plain"
) -> RaterCeiling:
    """Return Spearman's correlation of each rater with the mean of the others, left one out.

    ratings: (n_raters, n_units), NaN = no vote. group: (n_units,), for example the generator: units
    are ranked within their group; all are one group when left out. Values are rounded to 10
    decimals before ranking; equal ones share their mean rank.
    average: plain = mean of the correlations; fisher = tanh of the mean of arctanh; published =
    per group tanh of the mean, then tanh of the mean over groups, as printed with ImagenHub and
    VIEScore: twice tanh where an inverse Fisher was meant, so comparable with that table only.
    Raises ValueError on another shape, infinite votes, fewer than two raters, a group of another
    length or missing, or an unknown average.
    Source: Spearman (1904), American Journal of Psychology 15, 72-101.
    """
    array, names, groups = _checked(ratings, group)
    if average not in AVERAGES:
        raise ValueError(f"average must be one of {', '.join(AVERAGES)}, not {average!r}")
    others = _mean_of_others(array)
    found = np.full((len(names), len(array)), np.nan)
    for number in range(len(names)):
        here = groups == number
        for rater in range(len(array)):
            found[number, rater] = _spearman(array[rater, here], others[rater, here])
    n_left_out = int(np.isnan(found).sum())
    return RaterCeiling(averaged(found, average), found, tuple(names.tolist()), n_left_out)


def human_pair_accuracy(ratings: ArrayLike, *, group: ArrayLike | None = None) -> PairCeiling:
    """Return how often a rater orders two units as the mean of the other raters does.

    Arguments and errors as in `human_correlation`; pairs of units are formed within a group, for
    example the candidates of one item. A pair that the rater or the others tie is left out.
    """
    array, names, groups = _checked(ratings, group)
    others = _mean_of_others(array)
    agreed = n = 0
    for number in range(len(names)):
        here = np.flatnonzero(groups == number)
        first, second = (here[index] for index in np.triu_indices(len(here), k=1))
        of_one = np.sign(_gap(array, first, second))
        rest = np.sign(_gap(others, first, second))
        counted = np.isfinite(of_one) & np.isfinite(rest) & (of_one != 0) & (rest != 0)
        agreed += int((of_one == rest)[counted].sum())
        n += int(counted.sum())
    return PairCeiling(agreed / n if n else None, n)


def averaged(correlations: FloatArray, average: str) -> float | None:
    """Average correlations (n_groups, n_each), NaN left out; None when there are none.

    average: as in `human_correlation`. Groups without any correlation are left out of "published".
    """
    known = ~np.isnan(correlations)
    if not known.any():
        return None
    if average == "plain":
        return float(correlations[known].mean())
    if average == "fisher":
        bounded = np.clip(correlations[known], -MOST, MOST)
        return float(np.tanh(np.arctanh(bounded).mean()))
    sums = np.where(known, correlations, 0.0).sum(axis=1)
    counted = known.any(axis=1)
    means = sums[counted] / known.sum(axis=1)[counted]
    return float(np.tanh(np.tanh(means).mean()))


def _checked(
    ratings: ArrayLike, group: ArrayLike | None
) -> tuple[FloatArray, np.ndarray, np.ndarray]:
    array = checked_ratings(ratings)
    if len(array) < 2:  # noqa: PLR2004 - nobody to compare with
        raise ValueError("a human ceiling needs two raters or more")
    if group is None:
        return array, np.zeros(1, dtype=np.int64), np.zeros(array.shape[1], dtype=np.int64)
    names, numbers = numbered(group, "group")
    if len(numbers) != array.shape[1]:
        raise ValueError(f"group names {len(numbers)} units, ratings have {array.shape[1]}")
    return array, names, numbers


def _mean_of_others(ratings: FloatArray) -> FloatArray:
    """Return the mean of the other raters' votes on each unit, NaN without one: same shape."""
    present = ~np.isnan(ratings)
    votes = np.where(present, ratings, 0.0)
    number = present.sum(axis=0) - present
    others: FloatArray = (votes.sum(axis=0) - votes) / np.where(number > 0, number, np.nan)
    return others


def _spearman(a: FloatArray, b: FloatArray) -> float:
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < 2:  # noqa: PLR2004 - one unit has no order
        return float("nan")
    first, second = (rankdata(np.round(values[both], DECIMALS)) for values in (a, b))
    first, second = first - first.mean(), second - second.mean()
    spread = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / spread if spread > 0 else float("nan")


def _gap(values: FloatArray, first: np.ndarray, second: np.ndarray) -> FloatArray:
    gap: FloatArray = np.round(values[:, first], DECIMALS) - np.round(values[:, second], DECIMALS)
    return np.where(np.abs(gap) < 10.0**-DECIMALS, gap * 0, gap)
