"""EditReward-Bench in both layouts; columns by the data set's card and the evaluator."""

import json

import pytest

from rewardsvc.benchmarks.data import DataFault
from rewardsvc.benchmarks.loaders.editreward_bench import load_editreward_bench
from tests.rewardsvc.benchmarks.files import (
    bench_rows,
    group_rows,
    pair_row,
    png,
    write_json,
    write_parquet,
    write_picture,
)


def loaded(tmp_path, rows):
    write_parquet(tmp_path / "2pair" / "part.parquet", rows)
    return load_editreward_bench(tmp_path)


def test_rows_of_pairs_become_groups_in_the_order_of_their_labels(tmp_path):
    found = loaded(tmp_path, bench_rows())
    assert [(g.key, g.ranks, g.label) for g in found.groups] == [
        ("2:g1", (1, 2), "A>B"),
        ("2:g2", (1, 1), "A=B"),
        ("3:g3", (2, 3, 1), "C>A>B"),
        ("4:g4", (3, 2, 4, 1), "D>B>A>C"),
    ]
    assert [edit.generator for edit in found.groups[3].edits] == [
        "model-A", "model-B", "model-C", "model-D",
    ]  # fmt: skip
    assert found.notes == (
        "2 groups of 2 candidates", "1 groups of 3 candidates", "1 groups of 4 candidates",
    )  # fmt: skip
    assert found.by_schema
    assert len(found.edits) == 11


def test_pictures_are_read_from_where_they_are(tmp_path):
    found = loaded(tmp_path, [pair_row(colour=9)])
    (group,) = found.groups
    assert group.edits[0].source.read() == pair_row(colour=9)["source_image"]["bytes"]
    assert group.edits[1].edited.read() == pair_row(colour=9)["candidate_2"]["bytes"]


def test_groups_of_one_source_share_their_item(tmp_path):
    rows = [pair_row("g1", colour=5), pair_row("g2", colour=5), pair_row("g3", colour=6)]
    first, second, third = (group.item for group in loaded(tmp_path, rows).groups)
    assert first == second != third


def test_repeated_pairs_are_read_once_and_counted(tmp_path):
    found = loaded(tmp_path, [*bench_rows(), pair_row("g1", colour=1)])
    assert len(found.groups) == 4
    assert "1 repeated pairs read once" in found.notes


def test_pairs_with_opposite_labels_are_left_out_and_counted(tmp_path):
    found = loaded(tmp_path, [*bench_rows(), pair_row("g1", ranking="B>A", colour=1)])
    assert [group.key for group in found.groups] == ["2:g2", "3:g3", "4:g4"]
    assert "1 groups of 2 left out: a pair has opposite labels" in found.notes
    assert "1 repeated pairs with opposite labels" in found.notes


def test_a_group_without_one_of_its_pairs_is_left_out_and_counted(tmp_path):
    found = loaded(tmp_path, [pair_row(), *group_rows("g3", "CAB", 3)[1:]])
    assert "1 groups of 3 left out: a pair is missing" in found.notes


def test_pairs_in_a_circle_are_no_order(tmp_path):
    rows = group_rows("g3", "ABC", 3)
    rows[1]["ranking"] = "C>A"
    found = loaded(tmp_path, [pair_row(), *rows])
    assert "1 groups of 3 left out: the pairs are in no order" in found.notes


@pytest.mark.parametrize(
    ("label", "ranks", "kind"),
    [("A=B=Good", (1, 1), "good"), ("A=B=Bad", (1, 1), "bad"), ("A<B", (2, 1), "")],
)
def test_every_published_spelling_of_a_pair_is_read(tmp_path, label, ranks, kind):
    (group,) = loaded(tmp_path, [pair_row(ranking=label)]).groups
    assert (group.ranks, group.tie_kind) == (ranks, kind)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (pair_row(ranking="C>A"), r"part.parquet, row 1, column ranking: 'C>A' is no result"),
        (pair_row(ranking=""), "column ranking: is missing"),
        (pair_row(comparison_type="BvsA"), "column comparison_type: 'BvsA' names no pair"),
        (pair_row(candidate_2={"bytes": b"", "path": ""}), "column candidate_2: holds no picture"),
        (pair_row(candidate_2={"bytes": b"", "path": "x.png"}), "the picture x.png is missing"),
    ],
)
def test_a_fault_names_file_row_and_column(tmp_path, row, message):
    with pytest.raises(DataFault, match=message):
        loaded(tmp_path, [row])


def older(folder, ranking="C>A>B", n=3):
    for number, name in enumerate(["s", "a", "b", "c"]):
        write_picture(folder, f"{name}.png", number)
    return {
        "prompt": "add a hat",
        "path_src": "s.png",
        "paths_generated": ["a.png", "b.png", "c.png"][:n],
        "human_vote": {"ranking": ranking, "preference": ""},
    }


def test_the_older_layout_holds_whole_groups(tmp_path):
    rows = [older(tmp_path), older(tmp_path, "A=B=Bad", 2)]
    write_json(tmp_path / "EditReward_Bench_3pair.json", rows)
    first, second = load_editreward_bench(tmp_path).groups
    assert (first.ranks, second.ranks, second.tie_kind) == ((2, 3, 1), (1, 1), "bad")
    assert first.item == second.item
    assert first.edits[2].edited.read() == (tmp_path / "c.png").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"human_vote": {"ranking": "weird"}}, "row 1, column human_vote: 'weird' does not rank"),
        ({"human_vote": {}}, "column human_vote: None does not rank"),
        ({"path_src": "gone.png"}, "column path_src: the picture gone.png is missing"),
        ({"paths_generated": ["a.png"]}, "column paths_generated: is no list of 2 or more"),
        ({"prompt": None}, "column prompt: is missing"),
    ],
)
def test_a_fault_of_the_older_layout_is_named(tmp_path, change, message):
    write_json(tmp_path / "bench.json", [older(tmp_path) | change])
    with pytest.raises(DataFault, match=message):
        load_editreward_bench(tmp_path / "bench.json")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", b"{", "x.json: is no JSON"),
        ("x.json", b'{"a": 1}', "x.json: holds no list of rows"),
        ("x.json", b"[3]", "x.json, row 1: is no object"),
        ("x.jsonl", b'{"a": 1', "x.jsonl, row 1: is no JSON"),
        ("x.parquet", b"no parquet", "x.parquet: cannot be read"),
        ("x.json", b"\xff\xfe", "x.json: "),
        ("x.txt", b"", "holds no file that ends with"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataFault, match=message):
        load_editreward_bench(tmp_path)


def test_the_hash_follows_the_content_of_the_files(tmp_path):
    write_json(tmp_path / "a.json", [older(tmp_path)])
    before = load_editreward_bench(tmp_path).sha256
    assert load_editreward_bench(tmp_path).sha256 == before
    (tmp_path / "a.json").write_text(json.dumps([older(tmp_path, "A>B>C")]))
    assert load_editreward_bench(tmp_path).sha256 != before
    assert png("red") != png("blue")
