"""From the rows of a snapshot to triples and judged pairs."""

import numpy as np
import pytest

from annotation.snapshots.format.snapshot import Snapshot
from rewardsvc.core.data.preferences import build_data, groups
from rewardsvc.core.errors import SnapshotError
from rewardsvc.core.snapshot import read_snapshot
from tests.rewardsvc.core.snapshots import make_snapshot

DIMENSIONS = ("instruction_following", "visual_quality")


def item(name, split="train", **values):
    row = {
        "item_id": name,
        "source_sha256": f"source-{name}",
        "instruction": f"Edit {name}.",
        "split": split,
        "random_arm": split == "held_out",
        "withdrawn": False,
    }
    return row | values


def candidate(item_id, letter, **values):
    row = {
        "candidate_id": f"{item_id}-{letter}",
        "item_id": item_id,
        "image_sha256": f"image-{item_id}-{letter}",
        "generator": f"generator-{letter}",
        "withdrawn": False,
    }
    return row | values


def label(item_id, letters, outcomes, scores=None, **values):
    row = {
        "comparison_id": f"{item_id}-{letters}",
        "item_id": item_id,
        "candidate_ids": [f"{item_id}-{letter}" for letter in letters],
        "n_judgments": 3,
        "dimensions": list(DIMENSIONS) if scores else [],
        "mean_scores": scores,
        "pair_outcomes": outcomes,
    }
    return row | values


def snapshot(*labels, items=None, candidates=None):
    tables = {
        "items": items or [item("a"), item("b", "held_out")],
        "candidates": candidates or [candidate(i, letter) for i in "ab" for letter in "xyz"],
        "judgments": [],
        "labels": list(labels),
    }
    manifest = {"content_sha256": "5" * 64, "dimensions": list(DIMENSIONS), "rubrics": {"1": {}}}
    return Snapshot(manifest, tables)


def judged(data):
    """Return pairs as {(candidate i, candidate j): outcome}."""
    names = [triple.candidate for triple in data.triples]
    pairs = data.pairs
    return {
        (names[i], names[j]): int(outcome)
        for i, j, outcome in zip(pairs.i, pairs.j, pairs.outcome, strict=True)
    }


def test_the_target_decides_between_verdicts_and_summed_scores():
    # x is preferred; y scores higher on one dimension by more than x does on the other.
    disputed = snapshot(label("a", "xy", [1], [[3.0, 1.0], [2.0, 4.0]]))
    by_verdict, by_scores = (build_data(disputed, target=t) for t in ("verdict", "scores"))
    assert judged(by_verdict) == {("a-x", "a-y"): 1}
    assert judged(by_scores) == {("a-x", "a-y"): -1}
    assert (by_verdict.target, by_scores.target) == ("verdict", "scores")
    for data in (by_verdict, by_scores):
        assert data.pairs.gap.tolist() == [[1.0, -3.0]]
        assert data.pairs.n_votes.tolist() == [0]
        assert data.pairs.weight.tolist() == [1.0]


def test_a_verdict_is_the_default_target():
    assert build_data(snapshot(label("a", "xy", [-1]))).target == "verdict"


def test_ties_stay_in_as_ties_under_either_target():
    # In floating point 1/3 + 5/3 and 2/3 + 4/3 need not come out the same.
    tied = snapshot(label("a", "xy", [0], [[1 / 3, 5 / 3], [2 / 3, 4 / 3]]))
    for target in ("verdict", "scores"):
        data = build_data(tied, target=target)
        assert judged(data) == {("a-x", "a-y"): 0}
        assert data.left_out == {"unresolved": 0, "withdrawn": 0}


def test_scores_apart_by_the_smallest_step_are_no_tie():
    apart = snapshot(label("a", "xy", [0], [[2 + 1 / 99, 2.0], [2.0, 2.0]]))
    assert judged(build_data(apart, target="scores")) == {("a-x", "a-y"): 1}


def test_unresolved_pairs_are_left_out_and_counted():
    data = build_data(snapshot(label("a", "xyz", [1, None, None]), label("b", "xy", [None])))
    assert judged(data) == {("a-x", "a-y"): 1}
    assert data.left_out == {"unresolved": 3, "withdrawn": 0}
    assert len(data.triples) == 6


def test_pairs_without_scores_are_unresolved_for_the_scores_target_alone():
    bare = snapshot(
        label("a", "xy", [1]),
        label("a", "xz", [1], [[3.0, None], [2.0, 2.0]]),
        label("a", "yz", [None], [[4.0, 4.0], [2.0, 2.0]]),
    )
    by_scores, by_verdict = (build_data(bare, target=t) for t in ("scores", "verdict"))
    assert judged(by_scores) == {("a-y", "a-z"): 1}
    assert by_scores.left_out["unresolved"] == 2
    assert judged(by_verdict) == {("a-x", "a-y"): 1, ("a-x", "a-z"): 1}
    assert by_verdict.left_out["unresolved"] == 1
    np.testing.assert_array_equal(by_verdict.pairs.gap, [[np.nan, np.nan], [1.0, np.nan]])


def test_the_pairs_of_a_longer_comparison_are_taken_in_order():
    scores = [[4.0, 4.0], [2.0, 3.0], [3.0, 3.0]]
    data = build_data(snapshot(label("a", "xyz", [1, 0, -1], scores)))
    assert judged(data) == {("a-x", "a-y"): 1, ("a-x", "a-z"): 0, ("a-y", "a-z"): -1}
    assert data.pairs.gap.tolist() == [[2.0, 1.0], [1.0, 1.0], [-1.0, 0.0]]


def test_scores_are_put_in_the_snapshots_order_of_dimensions():
    turned = label("a", "xy", [1], [[1.0, 4.0], [3.0, 2.0]], dimensions=list(DIMENSIONS[::-1]))
    assert build_data(snapshot(turned)).pairs.gap.tolist() == [[2.0, -2.0]]


def test_withdrawn_candidates_are_left_out_with_their_pairs():
    candidates = [candidate("a", letter, withdrawn=letter == "y") for letter in "xyz"]
    data = build_data(snapshot(label("a", "xyz", [1, -1, None]), candidates=candidates))
    assert [triple.candidate for triple in data.triples] == ["a-x", "a-z"]
    assert judged(data) == {("a-x", "a-z"): -1}
    assert data.left_out == {"unresolved": 0, "withdrawn": 2}
    assert data.sources == ("source-a",)


def test_a_withdrawn_item_takes_its_candidates_and_source_along():
    items = [item("a", withdrawn=True), item("b")]
    data = build_data(snapshot(label("a", "xy", [1]), label("b", "xy", [1]), items=items))
    assert {triple.item for triple in data.triples} == {"b"}
    assert judged(data) == {("b-x", "b-y"): 1}
    assert data.left_out["withdrawn"] == 1
    assert data.sources == ("source-b",)


@pytest.mark.parametrize("target", ["votes", "", None])
def test_an_unknown_target_is_refused(target):
    with pytest.raises(SnapshotError, match=f"not {target!r}"):
        build_data(snapshot(label("a", "xy", [1])), target=target)


def test_held_out_sources_are_those_of_the_split():
    data = build_data(snapshot(label("a", "xy", [1]), label("b", "yz", [-1])))
    assert data.train_sources == ("source-a",)
    assert data.held_out_sources == ("source-b",)
    held_out = data.pairs_of(data.held_out_sources)
    names = [data.triples[n].candidate for n in (*held_out.i, *held_out.j)]
    assert names == ["b-y", "b-z"]
    assert len(data.pairs_of([])) == 0
    with pytest.raises(SnapshotError, match="no source elsewhere"):
        data.pairs_of(["source-a", "elsewhere"])


def test_a_source_in_both_splits_is_refused():
    items = [item("a"), item("b", "held_out", source_sha256="source-a")]
    with pytest.raises(SnapshotError, match="source source-a is in both splits"):
        build_data(snapshot(items=items))


def test_an_unknown_split_is_refused():
    with pytest.raises(SnapshotError, match="item b: split is 'test'"):
        build_data(snapshot(items=[item("a"), item("b", "test")]))


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (label("a", "xw", [1]), "comparison a-xw names candidate a-w, which is missing"),
        (label("a", "xyz", [1]), "comparison a-xyz has 3 pairs, 1 outcomes"),
        (
            label("a", "xy", [1], candidate_ids=["a-x", "b-x"]),
            "comparison a-xy is of item a, its candidate b-x of item b",
        ),
        (
            label("a", "xy", [1]) | {"item_id": "b"},
            "comparison a-xy is of item b, its candidate a-x of item a",
        ),
        (label("a", "xx", [1]), "comparison a-xx names a candidate twice"),
        (label("a", "xy", [2]), "comparison a-xy has the outcome 2, expected 1, 0, -1 or null"),
        (
            label("a", "xy", [1], [[3.0, 2.0]]),
            "comparison a-xy has 2 candidates, mean scores of 1",
        ),
        (
            label("a", "xy", [1], [], dimensions=["visual_quality"]),
            "comparison a-xy has 2 candidates, mean scores of 0",
        ),
        (
            label("a", "xy", [1], [[3.0, 2.0], [3.0]]),
            "comparison a-xy has 2 dimensions, mean scores of 1",
        ),
        (
            label("a", "xy", [1], [[3.0, 2.0], [3.0, float("inf")]]),
            "comparison a-xy has a mean score that is not finite",
        ),
        (label("b", "xy", [-1]), "comparison b-xy is there twice"),
    ],
)
def test_a_label_that_does_not_fit_the_tables_is_refused(wrong, complaint):
    with pytest.raises(SnapshotError, match=complaint):
        build_data(snapshot(label("b", "xy", [1]), wrong))


def test_a_withdrawn_candidate_of_another_item_is_refused_as_well():
    candidates = [candidate("a", "x"), candidate("b", "x", withdrawn=True)]
    wrong = label("a", "xy", [1], candidate_ids=["a-x", "b-x"])
    with pytest.raises(SnapshotError, match="its candidate b-x of item b"):
        build_data(snapshot(wrong, candidates=candidates))


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({"items": [item("a"), item("a", "held_out")]}, "item a is there twice"),
        ({"candidates": [candidate("a", "x")] * 2}, "candidate a-x is there twice"),
    ],
)
def test_a_row_that_is_there_twice_is_refused(rows, complaint):
    twice = {name: [dict(row) for row in table] for name, table in rows.items()}
    with pytest.raises(SnapshotError, match=complaint):
        build_data(snapshot(**twice))


def test_a_candidate_of_a_missing_item_is_refused():
    with pytest.raises(SnapshotError, match="candidate c-x names item c, which is missing"):
        build_data(snapshot(candidates=[candidate("c", "x")]))


def test_triples_do_not_hang_on_the_order_of_rows():
    rows = [candidate(i, letter) for i in "ab" for letter in "xyz"]
    forward, backward = (build_data(snapshot(candidates=r)) for r in (rows, rows[::-1]))
    assert forward.triples == backward.triples
    assert list(groups(forward.triples)) == [("a", [0, 1, 2]), ("b", [3, 4, 5])]


def test_a_snapshot_on_disk_gives_every_candidate_and_every_resolved_pair(tmp_path):
    rows = make_snapshot(tmp_path / "snapshot", n_items=4)
    data = build_data(read_snapshot(tmp_path / "snapshot"))
    assert {t.candidate for t in data.triples} == {r["candidate_id"] for r in rows["candidates"]}
    assert judged(data) == {
        tuple(row["candidate_ids"]): row["pair_outcomes"][0]
        for row in rows["labels"]
        if row["pair_outcomes"][0] is not None
    }
    unresolved = sum(row["pair_outcomes"] == [None] for row in rows["labels"])
    assert data.left_out == {"unresolved": unresolved, "withdrawn": 0}
    held_out = {row["source_sha256"] for row in rows["items"] if row["split"] == "held_out"}
    assert set(data.held_out_sources) == held_out
    assert len(held_out) == 1
    assert set(data.train_sources).isdisjoint(held_out)
