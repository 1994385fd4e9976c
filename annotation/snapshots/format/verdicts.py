"""What each verdict in force says of each pair of candidates."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from annotation.snapshots.format.lanes import COUNTING_LANES

#: (comparison, first candidate, second candidate) to 1, 0 or -1 of every verdict.
Votes = dict[tuple[str, str, str], list[int]]


def votes_of(judgments: Iterable[Mapping[str, Any]]) -> Votes:
    """Return the verdicts of the judgments that count, pair by pair in canonical order."""
    found: Votes = defaultdict(list)
    for row in judgments:
        if not row["in_force"] or row["lane"] not in COUNTING_LANES or row["ranks"] is None:
            continue
        ranked = list(zip(row["candidate_ids"], row["ranks"], strict=False))
        for (a, rank_a), (b, rank_b) in itertools.combinations(ranked, 2):
            said = (rank_b > rank_a) - (rank_b < rank_a)  # the smaller rank is preferred
            found[row["comparison_id"], a, b].append(said)
    return dict(found)
