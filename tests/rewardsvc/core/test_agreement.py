"""What the ceiling leaves out and what it refuses."""

import pytest

from annotation.snapshots.format.snapshot import Snapshot
from rewardsvc.core.errors import SnapshotError
from rewardsvc.core.evaluation.agreement import leave_one_out_agreement


def judged(*ranks, item="a"):
    """Return one judgment of a pair of the item's candidates per ranks."""
    return [
        {
            "judgment_id": f"{item}-{n}",
            "item_id": item,
            "candidate_ids": [f"{item}-x", f"{item}-y"],
            "lane": "coverage",
            "ranks": list(each),
            "in_force": True,
        }
        for n, each in enumerate(ranks)
    ]


def snapshot_of(judgments, *, withdrawn=()):
    items = [
        {"item_id": i, "source_sha256": f"source-{i}", "withdrawn": i in withdrawn} for i in "ab"
    ]
    candidates = [
        {"candidate_id": name, "withdrawn": name in withdrawn}
        for name in ("a-x", "a-y", "b-x", "b-y")
    ]
    tables = {"items": items, "candidates": candidates, "judgments": judgments}
    return Snapshot({}, tables)


def test_each_decisive_vote_is_held_against_the_majority_of_the_others():
    # Each of two like votes meets a tie of the others; the third meets two against it.
    found = leave_one_out_agreement(snapshot_of(judged((1, 2), (1, 2), (2, 1))))
    assert (found.value, found.n) == (0.0, 1)
    all_alike = leave_one_out_agreement(snapshot_of(judged((1, 2), (1, 2), (1, 1))))
    assert (all_alike.value, all_alike.n) == (1.0, 2)


def test_one_voice_or_only_ties_have_no_agreement():
    assert leave_one_out_agreement(snapshot_of(judged((1, 2)))) is None
    assert leave_one_out_agreement(snapshot_of(judged((1, 1), (1, 1), (1, 2)))) is None


@pytest.mark.parametrize("gone", ["b", "b-y"])
def test_what_was_withdrawn_does_not_count(gone):
    judgments = judged((1, 2), (1, 2)) + judged((1, 2), (2, 1), item="b")
    assert leave_one_out_agreement(snapshot_of(judgments)).value == 0.5
    found = leave_one_out_agreement(snapshot_of(judgments, withdrawn=[gone]))
    assert (found.value, found.n) == (1.0, 2)


@pytest.mark.parametrize("ranks", [[1], [1, 2, 3]])
def test_a_judgment_with_other_ranks_than_candidates_is_refused_by_name(ranks):
    with pytest.raises(SnapshotError, match=f"judgment a-0 has 2 candidates, {len(ranks)} ranks"):
        leave_one_out_agreement(snapshot_of(judged(ranks)))
