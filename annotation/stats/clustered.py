"""Shares of many groups at once, with intervals that know which trials belong together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from annotation.stats.columns import IntArray, equally_long, numbered, shares
from annotation.stats.intervals import wilson


class GroupShare(NamedTuple):
    """The mean of a group's values with its 95 % interval; None where undefined.

    n: values; n_clusters: the clusters they lie in; n_effective: independent trials that would
    give as wide an interval. No interval with fewer than two clusters.
    """

    group: object
    value: float
    low: float | None
    high: float | None
    n: int
    n_clusters: int
    n_effective: float


def clustered_shares(
    group: ArrayLike, value: ArrayLike, clusters: ArrayLike
) -> dict[object, GroupShare]:
    """Return the mean value of each group, with an interval over clusters, by group.

    group, value, clusters: (n_trials,); value between 0 and 1, 1 where a vote matches. The variance
    is that of a ratio over clusters, C / (C - 1) * sum (sum of a cluster - share * its trials)^2 /
    n^2. The interval is Wilson's with the effective number of trials share * (1 - share) /
    variance, at most n. Where all values are 0, or all 1, one cluster is one trial. No resampling:
    the cost is a sort.
    Raises ValueError on unequal lengths, missing names or values outside 0 to 1.
    Sources: Cochran (1977), Sampling Techniques, section 9A; Rao and Scott (1992), Biometrics 48,
    577-585, on effective numbers of clustered trials.
    """
    (names, groups), (_, members) = numbered(group, "group"), numbered(clusters, "clusters")
    values = shares(value, "value")
    equally_long(group=groups, value=values, clusters=members)
    n = np.bincount(groups, minlength=len(names))
    share = np.bincount(groups, values, minlength=len(names)) / np.maximum(n, 1)
    owner, residual = _residuals(groups, members, values - share[groups])
    n_clusters = np.bincount(owner, minlength=len(names))
    spread = np.bincount(owner, residual**2, minlength=len(names))
    found = {}
    for name, *row in zip(
        names.tolist(), share.tolist(), n.tolist(), n_clusters.tolist(), spread.tolist(),
        strict=True,
    ):  # fmt: skip
        found[name] = _share(name, *row)
    return found


def _residuals(
    groups: IntArray, members: IntArray, deviation: np.ndarray
) -> tuple[IntArray, np.ndarray]:
    """Return the group of each (group, cluster), and the sum of its deviations."""
    keys = groups * (int(members.max(initial=0)) + 1) + members
    distinct, inverse = np.unique(keys, return_inverse=True)
    owner = distinct // (int(members.max(initial=0)) + 1)
    return owner, np.bincount(inverse, deviation, minlength=len(distinct))


def _share(name: object, value: float, n: int, n_clusters: int, spread: float) -> GroupShare:
    value = min(max(value, 0.0), 1.0)
    if n_clusters < 2:  # noqa: PLR2004 - one cluster shows no spread
        return GroupShare(name, value, None, None, n, n_clusters, 1.0)
    variance = n_clusters / (n_clusters - 1) * spread / n**2
    # Rounding leaves sums of deviations near 1e-32 where all values are equal.
    effective = float(n_clusters) if variance < 1e-24 else value * (1 - value) / variance  # noqa: PLR2004
    effective = min(effective, float(n))
    low, high = wilson(value * effective, effective)
    return GroupShare(name, value, low, high, n, n_clusters, effective)
