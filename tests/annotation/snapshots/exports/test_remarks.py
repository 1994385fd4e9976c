"""Remarks in snapshots and votes: criteria by name, canonical order, and older snapshots."""

import hashlib
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from annotation.common.storage import read
from annotation.models import Judgment
from annotation.snapshots.format.reader import SnapshotReader
from annotation.snapshots.format.votes import comparison_votes
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import manifest_of
from tests.annotation.studies import make_study
from tests.factories import make_assignment, make_member, submit

pytestmark = pytest.mark.django_db
BOX = [0.1, 0.2, 0.3, 0.4]
REMARKS = {
    "flags": {"visual_quality": [[0], []]},
    "strength": 2,
    "reasons": ["Hände"],
    "defects": [
        {"candidate": 0, "box": BOX, "dimension": "visual_quality", "criterion": 0},
        {"candidate": 1, "box": BOX},
    ],
    "flagged": True,
}
NAMED = {
    "flags": {"visual_quality": [[], ["Look here"]]},
    "strength": 2,
    "reasons": ["Hände"],
    "defects": [
        {"candidate": 1, "box": BOX, "dimension": "visual_quality", "criterion": "Look here"},
        {"candidate": 0, "box": BOX, "dimension": None, "criterion": None},
    ],
    "flagged": True,
}


@pytest.fixture
def answered(media_root):
    """Return a judged campaign and the one answer in it that has remarks."""
    campaign, _, comparisons = make_study(n_items=2, held_out=0)
    lease = make_assignment(comparisons[0], make_member(campaign), slot=9, shown_order=[1, 0])
    return campaign, submit(lease, remarks=REMARKS).judgment


def reader_of(snapshot, *, without=()):
    """Return a reader of a snapshot, whose tables may lack columns."""
    manifest, files = manifest_of(snapshot), {}
    for part in (part for table in manifest["tables"].values() for part in table["parts"]):
        table = pq.read_table(io.BytesIO(read(f"snapshots/{part['path']}")))
        out = io.BytesIO()
        pq.write_table(table.drop([name for name in without if name in table.column_names]), out)
        files[part["path"]] = out.getvalue()
        part["sha256"] = hashlib.sha256(out.getvalue()).hexdigest()
    return SnapshotReader(manifest, lambda path: io.BytesIO(files[path]), Path("test"))


def test_a_snapshot_holds_remarks_by_name_in_canonical_order(answered):
    campaign, judgment = answered
    rows = {row["judgment_id"]: row for row in reader_of(freeze(campaign=campaign)).judgments()}
    assert json.loads(rows.pop(str(judgment.public_id))["remarks"]) == NAMED
    assert {row["remarks"] for row in rows.values()} == {"{}"}


def test_what_is_stored_keeps_numbers(answered):
    freeze(campaign=answered[0])
    stored = Judgment.objects.get(pk=answered[1].pk).remarks
    assert stored["flags"] == {"visual_quality": [[], [0]]}


def test_votes_carry_remarks_beside_the_ranks_they_came_with(answered):
    campaign, judgment = answered
    found = comparison_votes(reader_of(freeze(campaign=campaign)))
    by_name = {one.comparison_id: one for one in found}
    votes = by_name.pop(str(judgment.comparison.public_id))
    assert len(votes.remarks) == len(votes.ranks) == 4
    assert votes.remarks[3] == NAMED
    assert votes.ranks[3] == judgment.ranks
    assert all(remarks == {} for one in by_name.values() for remarks in one.remarks)


def test_a_snapshot_without_remarks_is_still_read(answered):
    reader = reader_of(freeze(campaign=answered[0]), without=("remarks",))
    assert all("remarks" not in row for row in reader.judgments())
    found = list(comparison_votes(reader))
    assert len(found) == 6
    assert all(remarks == {} for one in found for remarks in one.remarks)
