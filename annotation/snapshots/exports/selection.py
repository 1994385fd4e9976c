"""Whole comparisons selected by an export's options, and the votes on them."""

from collections.abc import Sequence
from itertools import combinations

from annotation.snapshots.exports.options import Options
from annotation.snapshots.exports.samples import Votes, outside_of
from annotation.snapshots.format.reader import Row
from annotation.snapshots.format.votes import outcomes


def group_refusal(options: Options, label: Row, item: Row, candidates: Sequence[Row]) -> str:
    """Return why the options do not take a comparison, "" where they do."""
    if reason := outside_of(options, label, item):
        return reason
    names = {row["generator"] for row in candidates}
    if options.generators and not names <= set(options.generators):
        return "of another generator"
    ranks = label["ranks"]
    if options.ties == "drop" and ranks is not None and len(set(ranks)) < len(ranks):
        return "tie"
    return ""


def votes_on(judgments: Sequence[Row]) -> Votes:
    """Return how many votes call all candidates equal, and of those, how many call them bad."""
    ties = [row["tie_kind"] for row in judgments if len(set(row["ranks"])) == 1]
    return Votes(tie=len(ties), bad=ties.count("bad"))


def confidence_of(label: Row, judgments: Sequence[Row]) -> float:
    """Return the smallest share of agreeing votes among the pairs; 1 where adjudicated."""
    if label["resolved_by"] == "adjudication":
        return 1.0
    pairs = list(combinations(range(len(label["candidate_ids"])), 2))
    shares = []
    for index in range(len(pairs)):
        votes = [list(outcomes(row))[index][2] for row in judgments]
        shares.append(votes.count(label["pair_outcomes"][index]) / len(votes))
    return min(shares)
