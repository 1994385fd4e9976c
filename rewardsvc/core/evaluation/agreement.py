"""How often annotators agree with each other: the ceiling a reward is read against."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from annotation.snapshots.format.lanes import COUNTING_LANES
from rewardsvc.core.clustered import Estimate, clustered_estimate
from rewardsvc.core.errors import SnapshotError
from rewardsvc.core.snapshot import Snapshot

# (item, first candidate, second candidate) -> outcomes, 1 = first preferred, 0 = tie
_Votes = dict[tuple[str, str, str], list[int]]


def leave_one_out_agreement(snapshot: Snapshot, *, seed: int = 0) -> Estimate | None:
    """Return how often one verdict on a pair is that of the majority of the others.

    Ties are out on both sides, as in the accuracy of a reward model: votes that are ties, and
    pairs on which the others are tied; so is what was withdrawn. None when no pair has two
    decisive votes.
    """
    source_of = {r["item_id"]: r["source_sha256"] for r in snapshot.tables["items"]}
    place = {source: n for n, source in enumerate(sorted(set(source_of.values())))}
    agreed, cluster = [], []
    gone = {r["item_id"] for r in snapshot.tables["items"] if r["withdrawn"]}
    gone |= {r["candidate_id"] for r in snapshot.tables["candidates"] if r["withdrawn"]}
    for named, votes in _votes(snapshot).items():
        item = named[0]
        if item not in source_of:
            raise SnapshotError(f"a judgment names item {item}, which is missing")
        if not gone.isdisjoint(named):
            continue
        for agrees in _leave_one_out(votes):
            agreed.append(float(agrees))
            cluster.append(place[source_of[item]])
    if not agreed:
        return None
    return clustered_estimate(np.array(agreed), np.array(cluster, np.int64), seed=seed)


def _votes(snapshot: Snapshot) -> _Votes:
    votes: _Votes = defaultdict(list)
    for row in snapshot.tables["judgments"]:
        ranks = row["ranks"]
        if not row["in_force"] or ranks is None or row["lane"] not in COUNTING_LANES:
            continue
        if len(ranks) != (k := len(row["candidate_ids"])):
            raise SnapshotError(
                f"judgment {row['judgment_id']} has {k} candidates, {len(ranks)} ranks"
            )
        for a, b in combinations(range(k), 2):
            first, second = row["candidate_ids"][a], row["candidate_ids"][b]
            outcome = int(np.sign(ranks[b] - ranks[a]))
            if first > second:
                first, second, outcome = second, first, -outcome
            votes[row["item_id"], first, second].append(outcome)
    return votes


def _leave_one_out(votes: list[int]) -> Iterator[bool]:
    total = sum(votes)
    for vote in votes:
        others = total - vote
        if vote and others:
            yield (vote > 0) == (others > 0)
