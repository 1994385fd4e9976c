"""Exports derived from a snapshot."""

import io
import json
import zipfile

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from annotation.errors import DomainError
from annotation.models import Candidate, Export
from annotation.snapshots import export_jobs as exports
from annotation.snapshots.exports.options import Options
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import manifest_of
from jobs import services as jobs
from jobs.runner import run_one
from tests.annotation.studies import make_study
from tests.factories import make_campaign, make_comparison, make_judgment, make_member, make_rubric

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda queue: None)


@pytest.fixture
def campaign(media_root):
    return make_study(n_items=4)[0]


def write(campaign, name, out, target=""):
    return exports.export_to_folder(
        snapshot=freeze(campaign=campaign),
        format_name=name,
        out=out,
        options=Options(target=target),
    )


def lines(folder):
    files = [folder / f"{split}.jsonl" for split in ("train", "held_out")]
    texts = [path.read_text() for path in files if path.exists()]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_chosen_is_what_people_chose_and_every_row_says_why_it_was_judged(campaign, tmp_path):
    out = tmp_path / "out"
    result = write(campaign, "chosen-rejected", out)
    rows = lines(out)
    assert result["rows"] == len(rows) == 12
    order = ("cedar", "birch", "aster")
    for row in rows:
        assert order.index(row["chosen_model"]) > order.index(row["rejected_model"])
        assert row["margin"] > 0
        assert row["lane"] == "coverage"
        assert {"policy", "propensity", "split", "n_judgments"} <= set(row)
        for name in ("source_image", "chosen_image", "rejected_image"):
            Image.open(out / row[name]).verify()


def test_ties_and_unresolved_pairs_are_left_out_of_chosen_rejected_and_counted(
    media_root, tmp_path
):
    campaign = make_campaign(overlap=2)
    tied, split = (make_comparison(campaign=campaign, files=True) for _ in range(2))
    for _ in range(2):
        make_judgment(tied, make_member(campaign), ranks=[1, 1], scores=[[3, 3], [3, 3]])
    make_judgment(split, make_member(campaign), ranks=[1, 2])
    make_judgment(split, make_member(campaign), ranks=[2, 1], scores=[[3, 3], [4, 4]])
    result = write(campaign, "chosen-rejected", tmp_path / "out")
    assert result["rows"] == 0
    assert result["left_out"] == {"tie": 1, "unresolved": 1}


def test_the_target_decides_where_scores_and_verdict_point_apart(media_root, tmp_path):
    campaign = make_campaign(overlap=1)
    comparison = make_comparison(campaign=campaign, files=True)
    make_judgment(comparison, make_member(campaign), ranks=[2, 1], scores=[[4, 4], [3, 3]])
    first, second = (Candidate.objects.get(pk=pk) for pk in comparison.candidate_ids)
    by_verdict = tmp_path / "verdict"
    write(campaign, "chosen-rejected", by_verdict, "verdict")
    assert lines(by_verdict)[0]["chosen_model"] == str(second.generator)
    assert lines(by_verdict)[0]["margin"] == -2
    by_scores = tmp_path / "scores"
    write(campaign, "chosen-rejected", by_scores, "scores")
    assert lines(by_scores)[0]["chosen_model"] == str(first.generator)


def test_editreward_data_has_the_published_columns_with_images_inside(campaign, tmp_path):
    out = tmp_path / "out"
    result = write(campaign, "editreward-data", out)
    assert result["target"] == "scores"
    published = """
        key unique_key pair_index instruction source_img left_output_image right_output_image
        left_model right_model left_overall_score left_instruction_following_score
        left_quality_aesthetic_score right_overall_score right_instruction_following_score
        right_quality_aesthetic_score vote_type metadata_index left_img_rel right_img_rel
    """.split()
    train = pq.read_table(out / "data" / "train-00000.parquet")
    held_out = pq.read_table(out / "data" / "held_out-00000.parquet")
    assert train.column_names[: len(published)] == published
    assert (train.num_rows, held_out.num_rows) == (6, 6)
    for row in train.to_pylist():
        Image.open(io.BytesIO(row["source_img"]["bytes"])).verify()
        gap = row["left_overall_score"] - row["right_overall_score"]
        assert row["vote_type"] == ("leftvote" if gap > 0 else "rightvote")
        assert row["left_overall_score"] == (
            row["left_instruction_following_score"] + row["left_quality_aesthetic_score"]
        )
    keys = train["unique_key"].to_pylist() + held_out["unique_key"].to_pylist()
    assert len(set(keys)) == 12


def test_editreward_data_shards_and_keeps_every_row(campaign, tmp_path, monkeypatch):
    from annotation.snapshots.exports import sinks

    monkeypatch.setattr(sinks, "GROUP_ROWS", 2)
    monkeypatch.setattr(sinks, "SHARD_GROUPS", 1)
    write(campaign, "editreward-data", tmp_path / "out")
    shards = sorted((tmp_path / "out" / "data").glob("train-*.parquet"))
    assert len(shards) == 3
    assert sum(pq.read_metadata(shard).num_rows for shard in shards) == 6


def test_a_rubric_without_the_two_dimensions_is_refused_by_name(media_root, tmp_path):
    campaign = make_campaign(rubric=False)
    make_rubric(campaign, dimensions=("visual_quality",))
    make_judgment(make_comparison(campaign=campaign, files=True), make_member(campaign))
    with pytest.raises(DomainError, match="no dimension 'instruction_following'"):
        write(campaign, "editreward-data", tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "target", "words"),
    [
        ("parquet", "", "format is one of canonical, hugging-face, editreward-data"),
        ("chosen-rejected", "votes", "target is one of scores, verdict, not 'votes'"),
        ("canonical", "scores", "name no target"),
    ],
)
def test_an_unknown_format_or_target_is_refused_before_anything_is_written(
    campaign, tmp_path, name, target, words
):
    with pytest.raises(DomainError, match=words):
        write(campaign, name, tmp_path / "out", target)
    assert not (tmp_path / "out").exists()


def test_the_job_puts_one_whole_file_in_place(campaign):
    snapshot = freeze(campaign=campaign)
    export = exports.request_export(snapshot=snapshot, format_name="chosen-rejected", actor=None)
    assert export.path == ""
    assert run_one("default").state == "done"
    export.refresh_from_db()
    with default_storage.open(export.path) as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert {"train.jsonl", "held_out.jsonl", "README.md"} <= set(archive.namelist())
    assert (export.n_rows, export.n_bytes) == (12, default_storage.size(export.path))


def test_a_lost_table_fails_the_job_and_leaves_no_file(campaign):
    snapshot = freeze(campaign=campaign)
    part = manifest_of(snapshot)["tables"]["labels"]["parts"][0]
    default_storage.delete(f"snapshots/{part['path']}")
    exports.request_export(snapshot=snapshot, format_name="chosen-rejected", actor=None)
    job = run_one("default")
    assert job.state == "failed"
    assert f"table 'labels': cannot read snapshots/{part['path']}: No such file" in job.error
    export = Export.objects.get()
    assert (export.path, export.summary) == ("", {})
    assert not default_storage.exists(f"exports/{export.public_id}.zip")


def test_the_command_writes_a_folder_and_a_summary(campaign, tmp_path, capsys):
    call_command("export", campaign.slug, format="canonical", out=tmp_path / "out", json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["labels"] == 12
    assert (tmp_path / "out" / "manifest.json").exists()


def test_the_command_ends_with_2_on_an_ambiguous_snapshot(campaign, tmp_path):
    with pytest.raises(CommandError, match="no snapshot of") as refusal:
        call_command(
            "export", campaign.slug, format="canonical", out=tmp_path / "out", snapshot="zz"
        )
    assert refusal.value.returncode == 2
    assert not (tmp_path / "out").exists()
