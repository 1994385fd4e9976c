"""Preference data becomes items and candidates: Parquet with pictures inside, and JSON of pairs."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from annotation.models import Campaign, Candidate, Item
from tests.annotation.snapshots.exports.polls import export, poll
from tests.factories import make_campaign

pytestmark = pytest.mark.django_db
__all__ = ["poll"]


def edits_of(campaign):
    """Return {(instruction, source hash, generator, hash)} of a campaign's candidates."""
    columns = ("item__instruction", "item__source__sha256", "generator__name", "image__sha256")
    return set(Candidate.objects.filter(item__campaign=campaign).values_list(*columns))


def imported(path, *arguments):
    campaign = make_campaign(rubric=False, state="draft")
    call_command("import_items", campaign.slug, str(path), *arguments)
    return campaign


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("editreward-data", {}),
        ("genai-bench", {}),
        ("editreward-bench", {}),
        ("diffusion-dpo", {"ties": "split"}),
    ],
)
def test_a_table_of_pairs_becomes_its_items_and_candidates(poll, tmp_path, name, options):
    export(poll, name, tmp_path / "out", **options)
    campaign = imported(tmp_path / "out", "--format", "parquet")
    rows = {row for row in edits_of(poll) if row[0] != "Lower the sun."}
    # The pair without a majority is in the table of mean scores alone.
    expected = edits_of(poll) if name == "editreward-data" else rows
    assert edits_of(campaign) == expected
    assert campaign.items.count() == len({row[:2] for row in expected})


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("editreward-train", "train.json"),
        ("hpdv3", "train.json"),
        ("editreward-bench-json", "EditReward_Bench_3pair.json"),
    ],
)
def test_json_of_pairs_or_groups_becomes_its_items_and_candidates(poll, tmp_path, name, file):
    export(poll, name, tmp_path / "out")
    campaign = imported(tmp_path / "out" / file)
    texts = {row["prompt"] for row in json.loads((tmp_path / "out" / file).read_text())}
    assert texts
    assert edits_of(campaign) == {row for row in edits_of(poll) if row[0] in texts}


def test_importing_a_shard_again_changes_nothing(poll, tmp_path, capsys):
    export(poll, "editreward-data", tmp_path / "out", split="train")
    shard = tmp_path / "out" / "data" / "train-00000.parquet"
    campaign = imported(shard)
    before = edits_of(campaign)
    capsys.readouterr()
    call_command("import_items", campaign.slug, str(shard), "--json")
    report = json.loads(capsys.readouterr().out)
    assert edits_of(campaign) == before
    assert report["counts"]["items"] == {"taken": 0, "already_there": 4, "refused": 0}


def table(path, **columns):
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    types = {name: picture if "image" in name or "img" in name else pa.string() for name in columns}
    pq.write_table(pa.table(columns, schema=pa.schema(list(types.items()))), path)
    return path


def png(colour):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(out, "PNG")
    return {"bytes": out.getvalue(), "path": "x.png"}


def test_rows_without_a_picture_or_instruction_are_refused_alone(media_root, tmp_path, capsys):
    path = table(
        tmp_path / "pairs.parquet",
        instruct_prompt=["Make it red.", "", "Make it red."],
        source_image=[png("white"), png("white"), png("white")],
        left_output_image=[png("red"), png("red"), png("orange")],
        left_model=["aster", "aster", "aster"],
        right_output_image=[png("blue"), png("blue"), None],
        right_model=["birch", "birch", "cedar"],
    )
    campaign = make_campaign(rubric=False, state="draft")
    call_command("import_items", campaign.slug, str(path), "--json")
    report = json.loads(capsys.readouterr().out)
    assert {row[2] for row in edits_of(campaign)} == {"aster", "birch"}
    refused = [line["reason"] for line in report["rows"] if line["outcome"] == "refused"]
    assert len(refused) == 3
    assert any("instruction" in reason for reason in refused)
    assert any("another picture by aster than in row 1" in reason for reason in refused)
    assert any("holds no picture" in reason for reason in refused)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"instruct_prompt": ["a"], "source_image": [None]}, "GenAI-Bench comes nearest"),
        (
            {
                **{name: ["a"] for name in ("instruct_prompt", "left_model", "right_model")},
                **{name: [None] for name in ("source_image", "left_output_image")},
                "right_output_image": [None],
            },
            "refused",
        ),
    ],
)
def test_a_table_that_cannot_be_read_ends_with_2_and_changes_nothing(
    media_root, tmp_path, columns, words
):
    path = table(tmp_path / "pairs.parquet", **columns)
    with pytest.raises(CommandError, match=words) as refusal:
        call_command("import_items", "fresh", str(path), create=True)
    assert refusal.value.returncode == 2
    assert not Campaign.objects.exists()
    assert not Item.objects.exists()


def test_a_file_that_is_no_parquet_is_refused_by_name(media_root, tmp_path):
    path = tmp_path / "pairs.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    campaign = make_campaign(rubric=False, state="draft")
    with pytest.raises(CommandError, match=r"pairs\.parquet is not Parquet"):
        call_command("import_items", campaign.slug, str(path))
    assert not campaign.items.exists()


def test_a_damaged_table_is_refused_by_name_and_nothing_is_kept(media_root, tmp_path):
    path = table(
        tmp_path / "pairs.parquet",
        instruct_prompt=["Make it red."],
        source_image=[png("white")],
        left_output_image=[png("red")],
        left_model=["aster"],
        right_output_image=[png("blue")],
        right_model=["birch"],
    )
    data = bytearray(path.read_bytes())
    data[4:40] = bytes(36)
    path.write_bytes(data)
    campaign = make_campaign(rubric=False, state="draft")
    with pytest.raises(CommandError, match=r"pairs\.parquet cannot be read") as refusal:
        call_command("import_items", campaign.slug, str(path))
    assert refusal.value.returncode == 2
    assert not campaign.items.exists()
