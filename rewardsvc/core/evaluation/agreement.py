"""How often annotators agree with each other: the ceiling a reward is read against."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from annotation.snapshots.format.snapshot import Snapshot
from annotation.snapshots.format.votes import is_vote, outcomes
from rewardsvc.core.clustered import Estimate, clustered_estimate
from rewardsvc.core.errors import SnapshotError

# (item, first candidate, second candidate) -> outcomes, 1 = first preferred, 0 = tie
_Votes = dict[tuple[str, str, str], list[int]]


def leave_one_out_agreement(snapshot: Snapshot, *, seed: int = 0) -> Estimate | None:
    """Return how often one verdict on a pair is that of the majority of the others.

    As in the accuracy of a reward model, votes that are ties do not count, nor do pairs on which
    the other votes are tied, nor withdrawn items and candidates. None when no pair has two
    decisive votes.
    """
    source_of = {r["item_id"]: r["source_sha256"] for r in snapshot.tables["items"]}
    cluster_of = {source: n for n, source in enumerate(sorted(set(source_of.values())))}
    agreed, cluster = [], []
    withdrawn = {r["item_id"] for r in snapshot.tables["items"] if r["withdrawn"]}
    withdrawn |= {r["candidate_id"] for r in snapshot.tables["candidates"] if r["withdrawn"]}
    for key, votes in _votes(snapshot).items():
        item = key[0]
        if item not in source_of:
            raise SnapshotError(f"a judgment names item {item}, which is missing")
        if not withdrawn.isdisjoint(key):
            continue
        for agrees in _leave_one_out(votes):
            agreed.append(float(agrees))
            cluster.append(cluster_of[source_of[item]])
    if not agreed:
        return None
    return clustered_estimate(np.array(agreed), np.array(cluster, np.int64), seed=seed)


def _votes(snapshot: Snapshot) -> _Votes:
    votes: _Votes = defaultdict(list)
    for row in filter(is_vote, snapshot.tables["judgments"]):
        k, n_ranks = len(row["candidate_ids"]), len(row["ranks"])
        if n_ranks != k:
            raise SnapshotError(
                f"judgment {row['judgment_id']} has {k} candidates, {n_ranks} ranks"
            )
        for a, b, outcome in outcomes(row):
            first, second = sorted((a, b))
            votes[row["item_id"], first, second].append(outcome if a == first else -outcome)
    return votes


def _leave_one_out(votes: list[int]) -> Iterator[bool]:
    total = sum(votes)
    for vote in votes:
        others = total - vote
        if vote and others:
            yield (vote > 0) == (others > 0)
