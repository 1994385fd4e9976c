"""Which dimensions make the overall score: one rule for every column of a row."""

import io
import json

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from PIL import Image

from annotation.errors import DomainError
from annotation.items.imaging.pictures import FORMATS
from annotation.models import Export, Snapshot
from annotation.snapshots.export_jobs import export_to_folder
from annotation.snapshots.exports.options import Options
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.images import SIGNATURES, image_suffix
from annotation.snapshots.services import freeze
from annotation.snapshots.stored import reader_of
from jobs import services as jobs
from jobs.runner import run_one
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_rubric,
    make_user,
)
from tests.pages import part

pytestmark = pytest.mark.django_db
PAPER = ["instruction_following", "visual_quality"]
ALL = [*PAPER, "identity"]
# Candidate × dimension: the third dimension turns the sum of the first two around, or ties it.
SCORES = ([[3, 3, 1], [2, 3, 4]], [[3, 3, 4], [3, 3, 1]], [[4, 2, 2], [3, 2, 3]])
VOTES = {1: "leftvote", -1: "rightvote", 0: "tie"}


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda queue: None)


@pytest.fixture
def lead():
    return make_user("lena")


@pytest.fixture
def campaign(media_root, lead):
    """Return a campaign of three dimensions, one source of which is held out."""
    campaign = make_campaign(rubric=False, lead=lead, overlap=1)
    make_rubric(campaign, dimensions=ALL)
    for number, scores in enumerate(SCORES):
        arm = {"random_arm": number == 0, "held_out": number == 0}
        comparison = make_comparison(make_item(campaign, files=True, **arm), files=True)
        make_judgment(comparison, make_member(campaign), scores=scores)
    return campaign


def export(campaign, name, out, **rule):
    options = Options.of(rule)
    snapshot = freeze(campaign=campaign)
    return export_to_folder(snapshot=snapshot, format_name=name, out=out, options=options)


def table(out):
    parts = [pq.read_table(path) for path in sorted((out / "data").glob("*.parquet"))]
    return [row for part in parts for row in part.to_pylist()]


def lines(out):
    return [
        json.loads(line) for path in out.glob("*.jsonl") for line in path.read_text().splitlines()
    ]


def sign(value):
    return (value > 0) - (value < 0)


@pytest.mark.parametrize("overall", [PAPER, ALL, ["identity"]])
def test_a_vote_never_contradicts_the_overall_columns_beside_it(campaign, tmp_path, overall):
    export(campaign, "editreward-data", tmp_path / "out", overall=overall)
    rows = table(tmp_path / "out")
    assert len(rows) == 3
    for row in rows:
        assert (
            VOTES[sign(row["left_overall_score"] - row["right_overall_score"])]
            == (row["vote_type"])
        )
    expected = sorted(sum(first[ALL.index(d)] for d in overall) for first, _ in SCORES)
    assert sorted(row["left_overall_score"] for row in rows) == expected


def test_by_default_the_overall_is_the_sum_of_the_two_published_columns(campaign, tmp_path):
    result = export(campaign, "editreward-data", tmp_path / "out")
    for row in table(tmp_path / "out"):
        for side in ("left", "right"):
            assert row[f"{side}_overall_score"] == (
                row[f"{side}_instruction_following_score"] + row[f"{side}_quality_aesthetic_score"]
            )
    assert (result["overall"], result["dropped_dimensions"]) == (PAPER, ["identity"])
    assert json.loads((tmp_path / "out" / "export.json").read_text()) == result


def test_chosen_and_rejected_pairs_take_every_dimension_unless_asked(campaign, tmp_path):
    result = export(campaign, "chosen-rejected", tmp_path / "all", target="scores")
    assert (result["overall"], result["dropped_dimensions"]) == (ALL, [])
    result = export(campaign, "chosen-rejected", tmp_path / "two", target="scores", overall=PAPER)
    assert (result["rows"], result["left_out"]) == (2, {"tie": 1})
    for name, overall in (("all", ALL), ("two", PAPER)):
        for row in lines(tmp_path / name):
            chosen, rejected = (
                sum(row[f"{side}_scores"][slug] for slug in overall)
                for side in ("chosen", "rejected")
            )
            assert row["margin"] == chosen - rejected > 0


def test_each_split_of_chosen_and_rejected_pairs_is_a_file_of_its_own(campaign, tmp_path):
    result = export(campaign, "chosen-rejected", tmp_path / "out")
    assert result["splits"] == {"train": 2, "held_out": 1}
    for split, count in result["splits"].items():
        text = (tmp_path / "out" / f"{split}.jsonl").read_text()
        rows = [json.loads(line) for line in text.splitlines()]
        assert [row["split"] for row in rows] == [split] * count
    assert sorted(path.name for path in (tmp_path / "out").glob("*.jsonl")) == [
        "held_out.jsonl",
        "train.jsonl",
    ]


def test_a_label_of_a_version_without_a_dimension_is_left_out_and_counted(campaign, tmp_path):
    make_rubric(campaign, dimensions=PAPER)
    comparison = make_comparison(make_item(campaign, files=True), files=True)
    make_judgment(comparison, make_member(campaign))
    make_rubric(campaign, dimensions=ALL)
    make_judgment(
        make_comparison(make_item(campaign, files=True), files=True), make_member(campaign)
    )
    result = export(campaign, "editreward-data", tmp_path / "out", overall=ALL)
    assert result["rows"] == 4
    assert list(result["left_out"].values()) == [1]


@pytest.mark.parametrize(
    ("overall", "words"),
    [
        (["beauty"], "no dimension 'beauty'; it has instruction_following, visual_quality, id"),
        (["identity", "identity"], "each named once"),
    ],
)
def test_dimensions_that_make_no_overall_are_refused_and_nothing_is_written(
    campaign, tmp_path, overall, words
):
    with pytest.raises(DomainError, match=words):
        export(campaign, "chosen-rejected", tmp_path / "out", overall=overall)
    assert not (tmp_path / "out").exists()


def test_the_command_tells_what_makes_the_overall_and_what_was_dropped(campaign, tmp_path, capsys):
    out = tmp_path / "out"
    call_command(
        "export", campaign.slug, format="editreward-data", out=out, overall=["identity"], json=True
    )
    result = json.loads(capsys.readouterr().out)
    assert (result["overall"], result["dropped_dimensions"]) == (["identity"], PAPER)
    with pytest.raises(CommandError, match="no dimension 'beauty'") as refusal:
        call_command(
            "export",
            campaign.slug,
            format="editreward-data",
            out=tmp_path / "b",
            overall=["beauty"],
        )
    assert refusal.value.returncode == 2
    assert not (tmp_path / "b").exists()


@pytest.mark.django_db(transaction=True)
def test_the_page_asks_for_the_overall_and_shows_what_was_left_out_of_it(campaign, lead):
    snapshot = freeze(campaign=campaign)
    client = Client()
    client.force_login(lead)
    sent = {"snapshot": snapshot.pk, "format": "editreward-data", "overall": PAPER[:1]}
    assert client.post(reverse("export", args=[campaign.slug]), sent).status_code == 302
    assert run_one("default").state == "done"
    assert Export.objects.get().summary["overall"] == PAPER[:1]
    page = client.get(reverse("snapshots", args=[campaign.slug]))
    overall = part(page, "[data-overall]").text
    assert [overall.index(name) for name in ALL] == sorted(overall.index(name) for name in ALL)
    assert "held_out 1" in page.text


def test_the_page_refuses_a_dimension_of_another_campaign(campaign, lead):
    snapshot = freeze(campaign=campaign)
    client = Client()
    client.force_login(lead)
    sent = {"snapshot": snapshot.pk, "format": "editreward-data", "overall": ["beauty"]}
    assert client.post(reverse("export", args=[campaign.slug]), sent).status_code == 422
    assert not Export.objects.exists()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_that_imports_take_has_its_own_suffix(name):
    out = io.BytesIO()
    Image.new("RGB", (4, 4), (200, 10, 10)).save(out, name)
    wanted = {"JPEG": ".jpg"}.get(name, f".{name.lower()}")
    assert image_suffix(out.getvalue()) == wanted
    assert len(SIGNATURES) == len(FORMATS)


def test_an_original_in_no_known_format_is_refused():
    with pytest.raises(FormatError, match="formats"):
        image_suffix(b"BM neither")


def test_a_snapshot_names_the_dimensions_of_the_export_page(campaign):
    freeze(campaign=campaign)
    assert reader_of(Snapshot.objects.get()).manifest["dimensions"] == ALL
    assert default_storage.exists(Snapshot.objects.get().manifest_path)
