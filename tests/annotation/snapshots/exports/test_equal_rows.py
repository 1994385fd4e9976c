"""Every format holds the pairs, winners, scores and pictures that the labels say, and no other."""

import io
import json
import tarfile

import pyarrow.parquet as pq
import pytest

from annotation.snapshots.exports.registry import FORMATS
from tests.annotation.snapshots.exports.polls import (
    decided,
    expected_pairs,
    export,
    original,
    picture_hashes,
    poll,
    sha256,
)

pytestmark = pytest.mark.django_db
__all__ = ["poll"]
TIE = ("Add rain.", "aster", "birch")


def parquet(out):
    parts = [pq.read_table(path) for path in sorted(out.rglob("*.parquet"))]
    return [row for part in parts for row in part.to_pylist()]


def listed(out):
    names = {"export.json"}
    files = [path for path in sorted(out.rglob("*.json")) if path.name not in names]
    return [row for path in files for row in json.loads(path.read_text())]


def held(out, value):
    """Return the hash of a picture as a row holds it."""
    return sha256(value["bytes"] if isinstance(value, dict) else (out / value).read_bytes())


def check_pictures(poll, out, rows, source, sides):
    """Every row's pictures are those of its instruction and generators, byte for byte.

    sides: {column of a picture: column of its generator}.
    """
    sources, edits = picture_hashes(poll)
    assert rows
    for row in rows:
        text = row.get("instruction") or row.get("prompt") or row.get("instruct_prompt")
        assert held(out, row[source]) == sources[text]
        for picture, model in sides.items():
            assert held(out, row[picture]) == edits[text, row[model]]


@pytest.mark.parametrize("how", ["embedded", "beside"])
def test_diffusion_dpo_rows_are_the_decided_pairs(poll, tmp_path, how):
    out = tmp_path / "out"
    result = export(poll, "diffusion-dpo", out, images=how)
    rows = parquet(out)
    assert {
        (row["instruction"], row["chosen_model"], row["rejected_model"]) for row in rows
    } == decided(poll)
    assert len(rows) == result["rows"] == 7
    assert result["splits"] == {"train": 4, "held_out": 3}
    check_pictures(
        *(poll, out, rows, "source_image"),
        {"chosen_image": "chosen_model", "rejected_image": "rejected_model"},
    )
    weights = {row["instruction"]: row["weight"] for row in rows}
    assert weights["Raise the sun."] == 1
    assert weights["Ring the bell."] == pytest.approx(2 / 3)
    assert {row["propensity"] for row in rows} == {None}
    assert pq.read_schema(out / "data" / "train-00000.parquet").field("propensity").type == "double"


def test_a_split_tie_of_diffusion_dpo_has_half_the_weight_in_each_order(poll, tmp_path):
    export(poll, "diffusion-dpo", tmp_path / "out", ties="split")
    tie = [row for row in parquet(tmp_path / "out") if row["tie"]]
    assert [row["weight"] for row in tie] == [0.5, 0.5]
    assert {(row["chosen_model"], row["rejected_model"]) for row in tie} == {TIE[1:], TIE[:0:-1]}


def test_a_judge_of_trl_rows_names_the_letter_of_the_winner(poll, tmp_path):
    out = tmp_path / "out"
    export(poll, "trl-preference", out)
    rows = parquet(out)
    sources, edits = picture_hashes(poll)
    found = set()
    for row in rows:
        (prompt,) = row["prompt"]
        *slots, task = prompt["content"]
        assert [slot["type"] for slot in slots] == ["image"] * 3
        text = task["text"].partition("Instruction: ")[2]
        source, a, b = (sha256(each["bytes"]) for each in row["images"])
        assert source == sources[text]
        assert (a, b) == (edits[text, row["model_a"]], edits[text, row["model_b"]])
        letters = {side: row[side][0]["content"][0]["text"] for side in ("chosen", "rejected")}
        assert sorted(letters.values()) == ["A", "B"]
        models = [row["model_a"], row["model_b"]]
        found.add((text, *(models["AB".index(letters[s])] for s in ("chosen", "rejected"))))
    assert found == decided(poll)


def test_hpdv3_rows_have_the_preferred_picture_first_and_the_votes(poll, tmp_path):
    out = tmp_path / "out"
    export(poll, "hpdv3", out, ties="keep")
    rows = listed(out)
    won = {(row["prompt"], row["model1"], row["model2"]) for row in rows if not row["tie_case"]}
    assert won == decided(poll)
    check_pictures(poll, out, rows, "path_src", {"path1": "model1", "path2": "model2"})
    by_text = {row["prompt"]: row for row in rows}
    assert by_text["Ring the bell."]["choice_dist"] == [2, 1]
    assert by_text["Ring the bell."]["confidence"] == pytest.approx(2 / 3)
    assert by_text["Raise the sun."]["choice_dist"] == [1, 1]
    assert by_text["Raise the sun."]["confidence"] == 1
    assert by_text["Add rain."]["choice_dist"] == [1.5, 1.5]
    assert by_text["Add rain."]["confidence"] == 1


def test_the_training_json_of_editreward_has_a_tie_in_both_orders(poll, tmp_path):
    out = tmp_path / "out"
    result = export(poll, "editreward-train", out)
    rows = json.loads((out / "train.json").read_text())
    tie = [row for row in rows if row["prompt"] == "Add rain."]
    assert all(row["tie_case"] for row in tie)
    assert {(row["model1"], row["model2"]) for row in tie} == {TIE[1:], TIE[:0:-1]}
    assert {row["prompt"] for row in json.loads((out / "held_out.json").read_text())} == {
        "Ring the bell."
    }
    check_pictures(poll, out, listed(out), "path_src", {"path1": "model1", "path2": "model2"})
    for row in listed(out):
        for side in ("model1", "model2"):
            total = row[f"{side}_dim1_score"] + row[f"{side}_dim2_score"]
            assert row[f"{side}_overall_score"] == pytest.approx(total)
        assert row["model1_overall_score"] >= row["model2_overall_score"] - 1e-9
        assert row["tie_case"] == (
            row["model1_overall_score"] == pytest.approx(row["model2_overall_score"])
        )
    assert result["dropped_dimensions"] == ["identity"]
    assert not result["left_out"]


def test_genai_bench_rows_have_one_vote_type_each(poll, tmp_path):
    out = tmp_path / "out"
    export(poll, "genai-bench", out)
    rows = parquet(out)
    votes = {}
    for row in rows:
        left, right = row["left_model"], row["right_model"]
        turned = {"leftvote": 1, "rightvote": -1, "tievote": 0, "bothbad_vote": 0}
        outcome = turned[row["vote_type"]] * (1 if left < right else -1)
        votes[row["instruct_prompt"], *sorted((left, right))] = outcome
    assert votes == {key: each for key, each in expected_pairs(poll).items() if each is not None}
    tie = next(row for row in rows if row["instruct_prompt"] == TIE[0])
    assert tie["vote_type"] == "bothbad_vote"
    check_pictures(
        *(poll, out, rows, "source_image"),
        {"left_output_image": "left_model", "right_output_image": "right_model"},
    )


def test_battles_are_every_vote_in_the_order_in_which_it_was_shown(poll, tmp_path):
    result = export(poll, "arena", tmp_path / "out")
    rows = listed(tmp_path / "out")
    # 2 comparisons of three by 3 people, a tie by 3, and two pairs by 2 without the adjudicator.
    assert result["rows"] == len(rows) == 2 * 3 * 3 + 3 + 2 * 2
    wins = {}
    for row in rows:
        winner = {"model_a": row["model_a"], "model_b": row["model_b"]}.get(row["winner"], "tie")
        key = tuple(sorted((row["model_a"], row["model_b"])))
        wins.setdefault(key, []).append(winner)
    assert sorted(map(len, wins.values())) == [6, 6, 13]
    assert wins["aster", "cedar"].count("aster") == 4
    assert wins["aster", "birch"].count("tie") == 3
    kinds = [row["winner"] for row in rows if row["winner"].startswith("tie")]
    assert sorted(kinds) == ["tie", "tie (bothbad)", "tie (bothbad)"]
    judged = {row["judgment_id"]: row for row in rows}
    assert len({row["question_id"] for row in rows}) == len(rows)
    assert len(judged) == 6 + 3 + 4
    # The canonical second candidate was shown first.
    shown = {(row["comparison_id"], row["model_a"]) for row in rows}
    hashes = picture_hashes(poll)[1]
    first = min(("aster", "birch"), key=lambda name: hashes["Add rain.", name])
    (tie,) = {name for comparison, name in shown if comparison == _comparison(poll, "Add rain.")}
    assert tie != first


def _comparison(poll, text):
    return str(poll.comparisons.get(item__instruction=text).public_id)


def test_names_of_judges_are_only_there_when_asked_for(poll, tmp_path):
    people = {each.annotator.username for each in poll.judgments.all()}
    export(poll, "arena", tmp_path / "hidden")
    assert not people & {row["judge"] for row in listed(tmp_path / "hidden")}
    export(poll, "arena", tmp_path / "named", names=True)
    assert {row["judge"] for row in listed(tmp_path / "named")} == people


def test_benchmark_rows_and_groups_rank_the_same_comparisons(poll, tmp_path):
    rows_out, groups_out = tmp_path / "rows", tmp_path / "groups"
    result = export(poll, "editreward-bench", rows_out)
    rows = parquet(rows_out)
    pairs = {key: each for key, each in expected_pairs(poll).items() if each is not None}
    found = {}
    for row in rows:
        one, other = row["comparison_type"].split("vs")
        outcome = {f"{one}>{other}": 1, f"{other}>{one}": -1, f"{one}={other}": 0}[row["ranking"]]
        turned = outcome if row["model_1"] < row["model_2"] else -outcome
        key = (row["instruction"], *sorted((row["model_1"], row["model_2"])))
        found[key] = turned
        assert row["overall_score_1"] == (row["instruction_following_1"] + row["visual_quality_1"])
    assert found == pairs
    assert result["left_out"] == {"unresolved, or not transitive": 1}
    assert result["splits"] == {"3pair/held_out": 3, "3pair/train": 3, "2pair/train": 2}
    check_pictures(
        *(poll, rows_out, rows, "source_image"),
        {"candidate_1": "model_1", "candidate_2": "model_2"},
    )
    export(poll, "editreward-bench-json", groups_out)
    groups = listed(groups_out)
    (held_out,) = json.loads((groups_out / "EditReward_Bench_3pair.json").read_text())
    assert held_out["prompt"] == "Ring the bell."
    for group in groups:
        models = dict(zip("ABC", group["models"], strict=False))
        ranking = group["human_vote"]["ranking"]
        if group["prompt"] == "Add rain.":
            assert group["human_vote"] == {"ranking": "A=B=Bad", "preference": "tie"}
            continue
        order = [models[letter] for letter in ranking.split(">")]
        expected = ["birch", "aster"] if len(order) == 2 else ["aster", "birch", "cedar"]
        assert order == expected
        for path, model in zip(group["paths_generated"], group["models"], strict=True):
            assert held(groups_out, path) == picture_hashes(poll)[1][group["prompt"], model]


def test_webdataset_samples_hold_the_pictures_and_the_outcome(poll, tmp_path):
    out = tmp_path / "out"
    export(poll, "webdataset", out)
    samples = {}
    for path in sorted(out.rglob("*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                key, _, ending = member.name.partition(".")
                samples.setdefault(key, {})[ending] = archive.extractfile(member).read()
                assert (member.mtime, member.uid) == (0, 0)
    sources, edits = picture_hashes(poll)
    found = {}
    for sample in samples.values():
        row = json.loads(sample["json"])
        a, b = row["a"]["model"], row["b"]["model"]
        assert sha256(sample["src.png"]) == sources[row["instruction"]] == row["images"]["src"]
        assert sha256(sample["a.png"]) == edits[row["instruction"], a]
        assert sha256(sample["b.png"]) == edits[row["instruction"], b]
        outcome = {"a": 1, "b": -1, "tie": 0}[row["outcome"]]
        found[row["instruction"], *sorted((a, b))] = outcome if a < b else -outcome
    assert found == {key: each for key, each in expected_pairs(poll).items() if each is not None}


def test_label_studio_tasks_hold_every_vote_and_score(poll, tmp_path):
    out = tmp_path / "out"
    poll.judgments.model.objects  # noqa: B018 - the votes are read below
    export(poll, "label-studio", out)
    tasks = listed(out)
    assert len(tasks) == 9
    total = 0
    for task in tasks:
        prefix = "/data/local-files/?d="
        names = {side: task["data"][side].removeprefix(prefix) for side in ("left", "right")}
        for side, path in names.items():
            model = task["meta"][f"{side}_model"]
            expected = picture_hashes(poll)[1][task["data"]["instruction"], model]
            assert held(out, path) == expected
        for annotation in task["annotations"]:
            total += 1
            kinds = [each["type"] for each in annotation["result"]]
            assert kinds == ["choices", *["rating"] * 6]
            (verdict,) = annotation["result"][0]["value"]["choices"]
            ratings = {
                each["from_name"]: each["value"]["rating"] for each in annotation["result"][1:]
            }
            gap = ratings["left_instruction_following"] - ratings["right_instruction_following"]
            wanted = {1: {"left"}, -1: {"right"}, 0: {"tie", "both bad"}}
            assert verdict in wanted[(gap > 0) - (gap < 0)]
    assert total == 2 * 3 * 3 + 3 + 2 * 2
    config = (out / "labeling-config.xml").read_text()
    assert 'name="left_identity" toName="left" maxRating="4"' in config


def test_the_hugging_face_rows_are_whole_comparisons_with_their_votes(poll, tmp_path):
    out = tmp_path / "out"
    result = export(poll, "hugging-face", out)
    rows = {row["instruction"]: row for row in parquet(out)}
    assert set(rows) == {key[0] for key in expected_pairs(poll)}
    assert result["splits"] == {"train": 4, "held_out": 1}
    bell = rows["Ring the bell."]
    assert sorted(zip(bell["ranks"], bell["generators"], strict=True)) == [
        (1, "aster"),
        (2, "birch"),
        (3, "cedar"),
    ]
    assert bell["source_licence"] == "CC0-1.0"
    assert [len(row["votes"]) for row in rows.values()].count(3) == 3
    for row in rows.values():
        for picture, model in zip(row["candidate_images"], row["generators"], strict=True):
            assert held(out, picture) == picture_hashes(poll)[1][row["instruction"], model]
        for vote in row["votes"]:
            assert vote["note"] is None
            assert len(vote["scores"][0]) == 3
    card = (out / "README.md").read_text()
    for words in ('license: "other"', "## Agreement", "| verdict on a pair | nominal |", "[0."):
        assert words in card
    assert "Sources: held_out 1, train 4." in card


def test_pairs_by_item_have_the_scores_of_all_comparisons(poll, tmp_path):
    out = tmp_path / "out"
    result = export(poll, "editreward-data", out, pooling="item", least=3)
    rows = parquet(out)
    # The two items with one vote each way have two scores a candidate.
    assert result["left_out"] == {"fewer scores of a candidate than asked for": 2}
    assert len(rows) == 7
    export(poll, "editreward-data", tmp_path / "pairs")
    single = {
        (row["key"], row["left_model"], row["right_model"]): row["left_overall_score"]
        for row in parquet(tmp_path / "pairs")
    }
    # Each of these candidates was in one comparison: both ways give the same scores.
    for row in rows:
        key = (row["key"], row["left_model"], row["right_model"])
        assert row["left_overall_score"] == single[key]


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_snapshot_exported_twice_has_the_same_bytes(poll, tmp_path, name):
    folders = tmp_path / "one", tmp_path / "two"
    for out in folders:
        export(poll, name, out)
    one, two = (
        {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        for out in folders
    )
    assert one == two
    assert len(one) >= 4


def test_parquet_without_pictures_is_read_as_plain_text_columns(poll, media_root, tmp_path):
    out = tmp_path / "out"
    export(poll, "diffusion-dpo", out, images="hash")
    rows = parquet(out)
    for row in rows:
        assert sha256(original(media_root, row["source_image"])) == row["source_image"]
    assert pq.read_schema(out / "data" / "train-00000.parquet").metadata is None
    assert io.BytesIO
