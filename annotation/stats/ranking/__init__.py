"""Rankings of items by strength, from pairs or from longer rankings."""

from annotation.stats.ranking.connected import win_components
from annotation.stats.ranking.errors import NotConverged, Unbounded
from annotation.stats.ranking.intervals import RankIntervals, bootstrap_ranking
from annotation.stats.ranking.leader import LeaderFlip, votes_to_flip_leader
from annotation.stats.ranking.lists import plackett_luce
from annotation.stats.ranking.pairs import bradley_terry, davidson, half_wins, rao_kupper

__all__ = [
    "LeaderFlip",
    "NotConverged",
    "RankIntervals",
    "Unbounded",
    "bootstrap_ranking",
    "bradley_terry",
    "davidson",
    "half_wins",
    "plackett_luce",
    "rao_kupper",
    "votes_to_flip_leader",
    "win_components",
]
