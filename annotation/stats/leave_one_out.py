"""How often each rater's votes equal those of the others."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.bootstrap import cluster_numbers
from annotation.stats.columns import FloatArray, IntArray, equally_long, numbered
from annotation.stats.intervals import clustered_share, wilson


class RaterAgreement(NamedTuple):
    """One rater's agreement with the others, with a 95 % interval.

    n: the rater's votes on units where somebody else voted too. share, low and high are None
    when there is none; low and high also when all such votes lie in one cluster, or where all
    replicates are alike.
    """

    rater: object
    share: float | None
    low: float | None
    high: float | None
    n: int


def agreement_with_others(  # noqa: PLR0913 - all but three are keywords
    unit: ArrayLike,
    rater: ArrayLike,
    value: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    n_replicates: int = 2000,
    seed: int = 0,
) -> list[RaterAgreement]:
    """Return for each rater the share of votes that match the other votes on the same unit.

    unit, rater, value: (n_votes,), numbers or text each; one vote per unit and rater. A vote on a
    unit with m - 1 other votes counts as matched by the share of those that are equal to it, so
    that every vote counts once however many people voted. Raters are sorted.
    clusters: (n_votes,), for example the source image of each vote; the interval is then the
    percentile bootstrap over them. Where every vote matches, or none does, resampling shows no
    spread: the interval is Wilson's with one trial per cluster. Without clusters it is Wilson's
    with one trial per vote.
    Raises ValueError on unequal lengths, missing names or a rater's second vote on a unit.
    """
    (_, units), (names, raters), (_, values) = (
        numbered(array, name)
        for array, name in ((unit, "unit"), (rater, "rater"), (value, "value"))
    )
    equally_long(unit=units, rater=raters, value=values)
    groups = None if clusters is None else cluster_numbers(clusters, len(units))
    if len(np.unique(units * max(len(names), 1) + raters)) < len(units):
        raise ValueError("a rater has two votes on one unit")
    matched, others = match_others(units, values)
    order = np.argsort(raters, kind="stable")
    order = order[others[order] > 0]
    edges = np.searchsorted(raters[order], np.arange(len(names) + 1))
    found = []
    for name, (start, end) in zip(names.tolist(), pairwise(edges), strict=True):
        votes = order[start:end]
        clusters = None if groups is None else groups[votes]
        found.append(_row(name, matched[votes], clusters, n_replicates=n_replicates, seed=seed))
    return found


def match_others(unit: ArrayLike, value: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Return the share of other votes equal to each vote (0 without any), and their number.

    unit, value: (n_votes,). Raises ValueError on unequal lengths or missing names.
    """
    (_, units), (_, values) = numbered(unit, "unit"), numbered(value, "value")
    equally_long(unit=units, value=values)
    others = np.bincount(units)[units] - 1
    _, same_as, same = np.unique(
        units * (values.max(initial=0) + 1) + values, return_inverse=True, return_counts=True
    )
    return (same[same_as] - 1) / np.maximum(others, 1), others


def _row(
    name: object, matched: FloatArray, clusters: IntArray | None, *, n_replicates: int, seed: int
) -> RaterAgreement:
    n = len(matched)
    if n == 0:
        return RaterAgreement(name, None, None, None, 0)
    matches = min(float(matched.sum()), n)
    if clusters is None:
        return RaterAgreement(name, matches / n, *wilson(matches, n), n)
    n_clusters = len(np.unique(clusters))
    if n_clusters > 1 and matches in {0, n}:
        interval = wilson(n_clusters * matches / n, n_clusters)
        return RaterAgreement(name, matches / n, *interval, n)
    share = clustered_share(matched, clusters=clusters, n_replicates=n_replicates, seed=seed)
    return RaterAgreement(name, matches / n, share.low, share.high, n)
