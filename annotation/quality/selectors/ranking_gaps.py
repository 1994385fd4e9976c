"""Groups of generators that no votes put on one scale, and which votes would."""

from dataclasses import dataclass

import numpy as np

from annotation.items.selectors.generators import n_items_with_both
from annotation.models import Campaign
from annotation.quality.selectors.outcomes import IntArray
from annotation.stats.ranking.connected import Groups, components


@dataclass(frozen=True)
class Gap:
    """Why two neighbouring groups, by position, have no common scale.

    n_votes: votes between them, all won by the upper one. n_items: items in use that hold edits
    of both, counted where there is no vote.
    """

    upper: int
    lower: int
    n_votes: int
    n_items: int


def groups_of_one_scale(i: IntArray, j: IntArray, outcome: IntArray, n_items: int) -> Groups:
    """Return the largest groups within which votes connect every item both ways, best first.

    i, j: (n_votes,) items. outcome: 1 = i wins, 0 = tie, -1 = j wins. A tie connects both ways.
    """
    up, down = outcome >= 0, outcome <= 0
    above = np.concatenate([i[up], j[down]])
    below = np.concatenate([j[up], i[down]])
    return components(above, below, n_items)


def gaps_between(
    campaign: Campaign,
    groups: Groups,
    votes: tuple[IntArray, IntArray, IntArray],
    ids: IntArray,
) -> list[Gap]:
    """Return what lies between each group and the next.

    votes: (i, j, outcome), i and j as positions in `ids`, the generators' database ids.
    """
    i, j, _ = votes
    gaps = []
    for upper in range(len(groups) - 1):
        above, below = list(groups[upper]), list(groups[upper + 1])
        between = (np.isin(i, above) & np.isin(j, below)) | (np.isin(i, below) & np.isin(j, above))
        n_votes = int(between.sum())
        n_items = (
            0 if n_votes else n_items_with_both(campaign, ids[above].tolist(), ids[below].tolist())
        )
        gaps.append(Gap(upper, upper + 1, n_votes, n_items))
    return gaps
