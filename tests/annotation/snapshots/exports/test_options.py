"""What an export holds follows its options; the rest is counted by reason."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from annotation.errors import DomainError
from annotation.models import Export
from annotation.references.services import create_golds
from annotation.snapshots.exports.options import FIELDS, Options
from annotation.snapshots.exports.registry import FORMATS
from annotation.snapshots.previews import preview
from annotation.snapshots.services import freeze
from jobs import services as jobs
from jobs.runner import run_one
from tests.annotation.snapshots.exports.polls import decided, expected_pairs, export, poll
from tests.factories import make_member, make_user
from tests.pages import part

pytestmark = pytest.mark.django_db
__all__ = ["poll"]


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    monkeypatch.setattr(jobs, "wake", lambda queue: None)


def lines(out):
    return [
        json.loads(line) for path in out.glob("*.jsonl") for line in path.read_text().splitlines()
    ]


def decided_by(out):
    return {(row["instruction"], row["chosen_model"], row["rejected_model"]) for row in lines(out)}


def test_the_fixture_has_what_exports_trip_over(poll):
    outcomes = list(expected_pairs(poll).values())
    assert (len(outcomes), outcomes.count(0), outcomes.count(None)) == (9, 1, 1)
    assert ("Raise the sun.", "birch", "aster") in decided(poll)


@pytest.mark.parametrize(
    ("options", "kept", "left_out"),
    [
        ({}, None, {"tie": 1, "unresolved": 1}),
        ({"split": "held_out"}, {"Ring the bell."}, {"of the other split": 6}),
        ({"categories": ["colour"]}, {"Male den Himmel grün."}, {"of another category": 6}),
        ({"languages": ["en"]}, {"Ring the bell."}, {"in another language": 6}),
        ({"adjudicated": True}, {"Raise the sun."}, {"not adjudicated": 8}),
        ({"gold": "only"}, set(), {"without a gold answer": 9}),
        ({"lanes": ["random"]}, set(), {"of another lane": 9}),
        (
            {"confidence": 0.7},
            {"Raise the sun."},
            {"tie": 1, "unresolved": 1, "fewer votes agree than asked for": 6},
        ),
    ],
)
def test_an_option_takes_its_pairs_and_counts_the_others(poll, tmp_path, options, kept, left_out):
    result = export(poll, "chosen-rejected", tmp_path / "out", **options)
    every = decided(poll)
    assert decided_by(tmp_path / "out") == {row for row in every if kept is None or row[0] in kept}
    assert result["left_out"] == left_out
    assert result["rows"] + sum(left_out.values()) == 9


def test_both_generators_of_a_pair_must_be_asked_for(poll, tmp_path):
    export(poll, "chosen-rejected", tmp_path / "out", generators=["aster", "cedar"])
    assert {row[1:] for row in decided_by(tmp_path / "out")} == {("aster", "cedar")}


def test_a_split_tie_is_a_row_in_each_order(poll, tmp_path):
    result = export(poll, "chosen-rejected", tmp_path / "out", ties="split")
    tie = [row for row in lines(tmp_path / "out") if row["instruction"] == "Add rain."]
    assert [(row["chosen_model"], row["rejected_model"]) for row in tie] in (
        [("aster", "birch"), ("birch", "aster")],
        [("birch", "aster"), ("aster", "birch")],
    )
    assert {row["margin"] for row in tie} == {0}
    assert result["left_out"] == {"unresolved": 1}


def test_comparisons_with_a_gold_answer_are_left_out_or_taken_alone(poll, tmp_path):
    lead = make_member(poll, make_user("lena"), role="lead")
    tie = poll.comparisons.get(item__instruction="Add rain.")
    for judgment in tie.judgments.all():
        assert judgment.tie_kind in {"good", "bad"}
    golden = poll.comparisons.get(item__instruction="Raise the sun.")
    create_golds(campaign=poll, comparisons=[golden.public_id], least=2, actor=lead)
    for gold, rows in (("only", 1), ("without", 6), ("with", 7)):
        result = export(poll, "chosen-rejected", tmp_path / gold, gold=gold)
        assert result["rows"] == rows
    assert decided_by(tmp_path / "only") == {("Raise the sun.", "birch", "aster")}


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("chosen-rejected", {"ties": "keep"}, "chosen-rejected has ties: drop, split; not keep"),
        ("chosen-rejected", {"images": "embedded"}, "images: beside, hash; not embedded"),
        ("chosen-rejected", {"pooling": "item"}, "pairs of comparisons only"),
        ("chosen-rejected", {"names": True}, "holds no single votes"),
        ("chosen-rejected", {"generators": ["zinnia"]}, "has no 'zinnia'; it has aster, birch"),
        ("chosen-rejected", {"confidence": 1.5}, "a share from 0 to 1, not 1.5"),
        ("chosen-rejected", {"gold": "some"}, "gold is one of with, without, only"),
        ("editreward-data", {"pooling": "item", "target": "verdict"}, "decided by scores"),
        ("editreward-data", {"pooling": "item", "confidence": 0.5}, "have no votes"),
        ("canonical", {"ties": "drop"}, "the whole snapshot: name no ties"),
    ],
)
def test_what_a_format_or_snapshot_lacks_is_refused_and_nothing_is_written(
    poll, tmp_path, name, options, words
):
    with pytest.raises(DomainError, match=words):
        export(poll, name, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_the_command_takes_every_option(poll, tmp_path, capsys):
    call_command(
        *("export", poll.slug, "--format", "chosen-rejected", "--out", str(tmp_path / "out")),
        *("--split", "train", "--ties", "split", "--confidence", "0.5", "--json"),
        *("--generators", "aster", "birch", "--gold", "without", "--images", "hash"),
    )
    result = json.loads(capsys.readouterr().out)
    assert result["options"] == {
        "target": "verdict",
        "pooling": "comparison",
        "ties": "split",
        "images": "hash",
        "split": "train",
        "generators": ["aster", "birch"],
        "gold": "without",
        "confidence": 0.5,
    }
    assert result["splits"] == {"train": 4}
    hashes = {row["source_image"] for row in lines(tmp_path / "out")}
    assert all(len(each) == 64 for each in hashes)
    assert not (tmp_path / "out" / "images").exists()


def test_the_command_refuses_in_one_line_with_2(poll, tmp_path):
    with pytest.raises(CommandError, match="ties: drop, split") as refusal:
        call_command("export", poll.slug, format="chosen-rejected", out=tmp_path / "o", ties="keep")
    assert refusal.value.returncode == 2
    assert not (tmp_path / "o").exists()


def test_the_licence_and_origin_of_every_picture_lie_beside_the_rows(poll, tmp_path):
    result = export(poll, "chosen-rejected", tmp_path / "out")
    table = (tmp_path / "out" / "licences.csv").read_text().splitlines()
    assert table[0] == "sha256,licence,origin"
    written = {path.stem for path in (tmp_path / "out" / "images").iterdir()}
    assert {line.split(",")[0] for line in table[1:]} == written
    assert result["licences"] == {"CC0-1.0": 2, "unknown": len(written) - 2}


@pytest.mark.django_db(transaction=True)
def test_the_form_has_every_option_and_the_job_follows_it(poll):
    lead = make_member(poll, make_user("lena"), role="lead")
    snapshot = freeze(campaign=poll)
    client = Client()
    client.force_login(lead)
    html = client.get(reverse("snapshots", args=[poll.slug])).content.decode()
    for field in FIELDS:
        assert f'name="{field.name}"' in html, field.name
    sent = {"snapshot": snapshot.pk, "format": "chosen-rejected", "ties": "split"}
    sent |= {"generators": ["aster", "birch"], "confidence": "0.5", "adjudicated": "on"}
    assert client.post(reverse("export", args=[poll.slug]), sent).status_code == 302
    asked = Options(
        ties="split", generators=("aster", "birch"), confidence=0.5, adjudicated=True
    ).to_json()
    assert Export.objects.get().options == asked
    assert run_one("default").state == "done"
    assert Export.objects.get().n_rows == 1


def test_the_form_refuses_what_the_format_lacks_and_stores_nothing(poll):
    lead = make_member(poll, make_user("lena"), role="lead")
    snapshot = freeze(campaign=poll)
    client = Client()
    client.force_login(lead)
    sent = {"snapshot": snapshot.pk, "format": "chosen-rejected", "ties": "keep"}
    answer = client.post(reverse("export", args=[poll.slug]), sent)
    assert answer.status_code == 422
    assert "drop, split" in answer.content.decode()
    assert not Export.objects.exists()


def test_a_preview_shows_rows_and_what_is_left_out_and_stores_nothing(poll):
    lead = make_member(poll, make_user("lena"), role="lead")
    snapshot = freeze(campaign=poll)
    client = Client()
    client.force_login(lead)
    sent = {"snapshot": snapshot.pk, "format": "chosen-rejected", "preview": "yes"}
    answer = client.post(reverse("export", args=[poll.slug]), sent)
    assert answer.status_code == 200
    shown = part(answer, "[data-preview]").text
    for words in ("7; ", "train 4", "held_out 3", "1: tie", "1: unresolved", "CC0-1.0 2"):
        assert words in shown
    assert "Male den Himmel grün." in shown
    assert not Export.objects.exists()


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_preview_counts_what_the_export_writes(poll, tmp_path, name):
    written = export(poll, name, tmp_path / "out")
    found = preview(snapshot=freeze(campaign=poll), format_name=name, options=Options())
    assert (found.n_rows, found.splits) == (written["rows"], written["splits"])
    assert found.left_out == written["left_out"]
    assert found.licences == written["licences"]
    assert found.is_whole
    assert len(found.rows) == min(10, written["rows"])
