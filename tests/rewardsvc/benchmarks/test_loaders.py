"""The other public benchmarks; each layout by the card, script or file that documents it."""

import numpy as np
import pytest

from annotation.stats.ceilings import human_correlation
from rewardsvc.benchmarks.data import DataFault
from rewardsvc.benchmarks.loaders.gedit import compared, load_judged, means
from rewardsvc.benchmarks.loaders.registry import LOADERS
from tests.rewardsvc.benchmarks.files import (
    genai_row,
    stored,
    write_json,
    write_parquet,
    write_picture,
)


def test_votes_of_an_arena_keep_the_two_kinds_of_tie_apart(tmp_path):
    votes = ["leftvote", "rightvote", "tievote", "bothbad_vote"]
    rows = [genai_row(vote, n) for n, vote in enumerate(votes)]
    write_parquet(tmp_path / "test_v1.parquet", rows)
    found = LOADERS["genai-bench"](tmp_path)
    assert [group.ranks for group in found.groups] == [(1, 2), (2, 1), (1, 1), (1, 1)]
    assert [group.tie_kind for group in found.groups] == ["", "", "good", "bad"]
    assert found.groups[0].edits[1].generator == "SDEdit"
    assert found.notes == (
        "4 votes: neither of the two published versions", "1 both good, 1 both bad",
    )  # fmt: skip


def test_an_unknown_vote_is_refused(tmp_path):
    write_parquet(tmp_path / "x.parquet", [genai_row(), genai_row("left")])
    with pytest.raises(DataFault, match=r"x.parquet, row 2, column vote_type: 'left' is none of"):
        LOADERS["genai-bench"](tmp_path)


@pytest.mark.parametrize("name", ["aurora-bench-pairs", "genai-bench"])
def test_the_layout_of_the_trainer_gives_pairs(tmp_path, name):
    for number, picture in enumerate(["s.jpg", "1.jpg", "2.jpg"]):
        write_picture(tmp_path, picture, number)
    row = {"prompt": "p", "path_src": "s.jpg", "path1": "1.jpg", "path2": "2.jpg", "model1": "X",
           "model2": "Y", "model1_dim1_score": 2, "model2_dim1_score": 4}  # fmt: skip
    write_json(tmp_path / "valid.json", [row, row | {"model1_dim1_score": 4.0}])
    found = LOADERS[name](tmp_path)
    assert [group.ranks for group in found.groups] == [(2, 1), (1, 1)]
    write_json(tmp_path / "valid.json", [row | {"model2_dim1_score": "good"}])
    with pytest.raises(DataFault, match="column model2_dim1_score: 'good' is no number"):
        LOADERS[name](tmp_path)


def test_the_other_bench_of_the_same_name_prefers_the_first_output(tmp_path):
    row = {"key": ["e1", "e2"], "instruction": "p", "input_image": stored(1),
           "output_images": [stored(2), stored(3)], "task_type": "color_alter",
           "dimension": "overall"}  # fmt: skip
    rows = [row, row | {"dimension": "consistency"}, row]
    write_parquet(tmp_path / "train.parquet", rows)
    found = LOADERS["editscore-bench"](tmp_path)
    assert [(g.ranks, g.category) for g in found.groups] == [
        ((1, 2), "overall: color_alter"),
        ((1, 2), "consistency: color_alter"),
    ]
    assert found.groups[0].edits[1].edited.read() == stored(3)["bytes"]
    assert found.notes == ("1 rows left out: repeated",)
    assert len(found.edits) == 2


def mmrb2_pair(chosen="A", sources=1):
    answer = {"model_name": "m", "response_content": [["image", "a.jpg"]]}
    return {"id": f"x{chosen}{sources}", "prompt_source": "emu-edit", "chosen": chosen,
            "prompt_content": [["image", "s.jpg"]] * sources + [["text", "make it blue"]],
            "response_a": answer, "response_b": answer}  # fmt: skip


def test_expert_pairs_with_several_sources_are_left_out_and_counted(tmp_path):
    write_picture(tmp_path, "s.jpg", 1)
    write_picture(tmp_path, "a.jpg", 2)
    pairs = [mmrb2_pair(), mmrb2_pair("B"), mmrb2_pair(sources=3)]
    write_json(tmp_path / "edit.json", {"pairs": pairs})
    found = LOADERS["mmrb2-edit"](tmp_path / "edit.json")
    assert [(g.ranks, g.category) for g in found.groups] == [
        ((1, 2), "emu-edit"), ((2, 1), "emu-edit"),
    ]  # fmt: skip
    assert found.notes == ("1 rows left out: 3 source pictures",)
    write_json(tmp_path / "edit.json", {"pairs": [mmrb2_pair("C")]})
    with pytest.raises(DataFault, match="row 1, column chosen: 'C' is neither A nor B"):
        LOADERS["mmrb2-edit"](tmp_path / "edit.json")


def test_preference_data_are_pairs_of_their_item(tmp_path):
    row = {"key": "item-1", "unique_key": "u1", "instruction": "p", "source_img": stored(1),
           "left_output_image": stored(2), "right_output_image": stored(3), "left_model": "X",
           "right_model": "Y", "vote_type": "tie"}  # fmt: skip
    write_parquet(
        tmp_path / "x.parquet", [row, row | {"unique_key": "u2", "vote_type": "leftvote"}]
    )
    found = LOADERS["editreward-data"](tmp_path)
    assert [(g.item, g.ranks) for g in found.groups] == [("item-1", (1, 1)), ("item-1", (1, 2))]


def write_raters(folder, *tables):
    for number, table in enumerate(tables, start=1):
        (folder / f"Text-Guided_IE_rater{number}.tsv").write_text(table)


def test_raw_ratings_of_three_people_become_one_score_an_edit(tmp_path):
    head = "uid\tDiffEdit\tImagic\n"
    write_raters(tmp_path, f"{head}a.jpg\t[1,1]\t[0,0]\n", f"{head}a.jpg\t[0.5, 0.5]\t[0,0]\n")
    (tmp_path / "instructions.json").write_text('{"a.jpg": "add a hat"}')
    write_picture(tmp_path, "images/input/a.jpg", 1)
    write_picture(tmp_path, "images/DiffEdit/a.jpg", 2)
    found = LOADERS["imagenhub"](tmp_path)
    (rating,) = found.ratings
    assert (rating.human, rating.raters) == (0.75, (1.0, 0.5))
    assert (rating.edit.instruction, rating.edit.generator) == ("add a hat", "DiffEdit")
    assert rating.edit.edited.read() == (tmp_path / "images/DiffEdit/a.jpg").read_bytes()
    assert found.notes == (
        "2 raters", "1 of 1 edits have pictures", "1 ratings of Imagic left out",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (["uid\tX\na\t[1,1]\n"], "one rater's table"),
        (["uid\tX\na\t[1,1]\n", "uid\tX\nb\t[1,1]\n"], "rater2.tsv: differs from .*a by X, b by X"),
        (["uid\tX\na\t[1,1]\n", "uid\tX\na\t[2,1]\n"], "rater2.tsv, row 1, column X: .* no pair"),
        (["uid\tX\na\t[1,1]\n", "uid\tX\na\tgood\n"], "'good' is no pair of 0, 0.5 or 1"),
        (["uid\tX\na\t[1,1]\n", "uid\tX\na\n"], "row 1: has another number of columns"),
        (["uid\tX\na\t[1,1]\na\t[1,1]\n", "uid\tX\na\t[1,1]\n"], "a stands twice"),
        (["uid\tX\n", "uid\tX\n"], "holds no rating"),
    ],
)
def test_a_faulty_table_of_a_rater_is_named(tmp_path, tables, message):
    write_raters(tmp_path, *tables)
    with pytest.raises(DataFault, match=message):
        LOADERS["imagenhub"](tmp_path)


def test_the_real_tables_of_three_raters_give_the_human_ceiling(reference_data):
    found = LOADERS["imagenhub"](reference_data / "data" / "imagenhub_mask_guided")
    assert (len(found.ratings), found.by_schema) == (716, False)
    ratings = np.array([rating.raters for rating in found.ratings]).T
    editors = [rating.edit.generator for rating in found.ratings]
    ceiling = human_correlation(ratings, group=editors)
    assert ceiling.value == pytest.approx(0.7, abs=0.1)
    assert len(ceiling.groups) == 4


def test_ratings_of_single_edits_are_read(tmp_path):
    write_picture(tmp_path, "s.png", 1)
    write_picture(tmp_path, "g.png", 2)
    row = {"prompt": "p", "input": "s.png", "gen": "g.png", "score": 1.5, "model": "aurora"}
    write_json(tmp_path / "pointwise.json", [row])
    (rating,) = LOADERS["aurora-bench"](tmp_path).ratings
    assert (rating.human, rating.edit.generator) == (1.5, "aurora")
    write_json(tmp_path / "pointwise.json", [row | {"score": "NaN"}])
    with pytest.raises(DataFault, match="row 1, column score: 'NaN' is not finite"):
        LOADERS["aurora-bench"](tmp_path)


HEAD = (
    "key,edited_image,instruction,sementics_score,quality_score,intersection_exist,"
    "instruction_language\n"
)


def test_outputs_of_a_judge_are_averaged_per_part_and_compared(tmp_path):
    for name, score in (("base", 4), ("tuned", 9)):
        (tmp_path / name).mkdir()
        rows = [f"k{n},x.png,p,{score},{9 - n},{n != 2},en\n" for n in range(3)]
        (tmp_path / name / "style_change.csv").write_text(
            HEAD + "".join(rows) + "k0,x,p,1,1,True,cn\n"
        )
    base, tuned = (load_judged(tmp_path / name) for name in ("base", "tuned"))
    every = means(base, language="en", shared_only=False)
    shared = means(base, language="en", shared_only=True)
    assert (every.n, shared.n) == (3, 2)
    assert (every.consistency.value, every.quality.value) == (4, 8)
    assert shared.overall.value == pytest.approx((6 + np.sqrt(32)) / 2)
    difference = compared(tuned, base, language="en")
    assert difference.value == pytest.approx(
        (9 - 6 + np.sqrt(72) - np.sqrt(32) + np.sqrt(63) - np.sqrt(28)) / 3
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("k,x,p,11,3,True,en\n", "row 1, column sementics_score: 11 lies outside 0 to 10"),
        ("k,x,p,1,3,maybe,en\n", "column intersection_exist: is neither true nor false"),
        ("k,x,p,1,3,True,en\nk,x,p,1,3,True,en\n", "row 2, column key: k stands twice"),
    ],
)
def test_a_faulty_output_of_a_judge_is_named(tmp_path, row, message):
    (tmp_path / "x.csv").write_text(HEAD + row)
    with pytest.raises(DataFault, match=message):
        load_judged(tmp_path)
