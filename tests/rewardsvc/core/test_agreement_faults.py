import pytest

from rewardsvc.core.agreement import leave_one_out_agreement
from rewardsvc.core.errors import SnapshotError
from rewardsvc.core.snapshot import Snapshot


@pytest.mark.parametrize("ranks", [[1], [1, 2, 3]])
def test_a_judgment_with_other_ranks_than_candidates_is_refused_by_name(ranks):
    judgment = {
        "judgment_id": "j-1",
        "item_id": "a",
        "candidate_ids": ["a-x", "a-y"],
        "lane": "coverage",
        "ranks": ranks,
        "in_force": True,
    }
    items = [{"item_id": "a", "source_sha256": "source-a"}]
    with pytest.raises(SnapshotError, match=f"judgment j-1 has 2 candidates, {len(ranks)} ranks"):
        leave_one_out_agreement(Snapshot({}, {"items": items, "judgments": [judgment]}))
