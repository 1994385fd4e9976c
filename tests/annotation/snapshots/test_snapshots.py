"""Freezing a campaign."""

import hashlib
import io
import json
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models.functions import Now

from annotation.common.storage import read
from annotation.errors import DomainError
from annotation.models import Comparison, SetAside, Snapshot
from annotation.references.services import create_golds
from annotation.snapshots.export_jobs import export_to_folder
from annotation.snapshots.format.canonical import content_hash
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.manifest import part_entry
from annotation.snapshots.format.tables import SCHEMAS, parquet_bytes
from annotation.snapshots.format.votes import comparison_votes
from annotation.snapshots.services import freeze, write_folder
from annotation.snapshots.stored import manifest_of, reader_of
from tests.annotation.studies import make_study
from tests.factories import (
    make_campaign,
    make_comparison,
    make_item,
    make_judgment,
    make_member,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(media_root):
    return make_study(n_items=4)


def table(snapshot, name):
    rows = []
    for part in manifest_of(snapshot)["tables"][name]["parts"]:
        data = read(f"snapshots/{part['path']}")
        assert hashlib.sha256(data).hexdigest() == part["sha256"]
        rows += pq.read_table(io.BytesIO(data), schema=SCHEMAS[name]).to_pylist()
    return rows


def stored_files():
    _, files = default_storage.listdir("snapshots/parts")
    return set(files)


def test_the_same_data_gives_the_same_snapshot_and_no_new_file(study):
    campaign, _, _ = study
    first = freeze(campaign=campaign)
    before = stored_files()
    assert freeze(campaign=campaign).pk == first.pk
    assert stored_files() == before
    assert Snapshot.objects.count() == 1


def test_a_new_judgment_gives_a_new_snapshot_that_reuses_unchanged_parts(study):
    campaign, _, comparisons = study
    first = freeze(campaign=campaign)
    make_judgment(comparisons[0], make_member(campaign), slot=9)
    second = freeze(campaign=campaign)
    assert second.content_sha256 != first.content_sha256
    old, new = manifest_of(first)["tables"], manifest_of(second)["tables"]
    assert old["items"] == new["items"]
    assert old["candidates"] == new["candidates"]
    assert old["judgments"] != new["judgments"]


def test_the_manifest_hashes_to_its_own_name(study):
    manifest = manifest_of(freeze(campaign=study[0]))
    content = {
        key: value for key, value in manifest.items() if key not in {"content_sha256", "created_at"}
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == manifest["content_sha256"]


def test_tables_hold_every_row_and_labels_follow_the_votes(study):
    campaign, people, _comparisons = study
    snapshot = freeze(campaign=campaign)
    assert snapshot.counts == {"items": 4, "candidates": 12, "judgments": 36, "labels": 12}
    judgments = table(snapshot, "judgments")
    assert {row["state"] for row in judgments} == {"counted"}
    assert len({row["annotator"] for row in judgments}) == len(people)
    for label in table(snapshot, "labels"):
        assert label["n_judgments"] == 3
        assert label["resolved_by"] == "majority"
        assert label["n_conflicts"] == 0
        winner = label["ranks"].index(1)
        assert label["pair_outcomes"] == [1 if winner == 0 else -1]
        assert label["mean_scores"][winner] > label["mean_scores"][1 - winner]
    splits = {row["source_sha256"]: row["split"] for row in table(snapshot, "items")}
    assert sorted(splits.values()) == ["held_out", "held_out", "train", "train"]


def test_rows_read_back_are_written_as_the_same_parts_under_the_same_hash(study):
    reader = reader_of(freeze(campaign=study[0]))
    for name, described in reader.manifest["tables"].items():
        (part,) = described["parts"]
        rows = list(reader.rows(name))
        assert part_entry(parquet_bytes(rows, name), len(rows)) == part
    assert content_hash(reader.manifest) == reader.manifest["content_sha256"]


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_a_part_with_one_byte_changed_is_in_no_folder_and_no_export(study, tmp_path, name):
    snapshot = freeze(campaign=study[0])
    stored = f"snapshots/{manifest_of(snapshot)['tables'][name]['parts'][0]['path']}"
    data = bytearray(read(stored))
    data[len(data) // 2] ^= 1
    Path(default_storage.path(stored)).write_bytes(data)
    refusal = f"table '{name}': {stored} hashes to {hashlib.sha256(data).hexdigest()}"
    if name in {"items", "candidates"}:
        with pytest.raises(DomainError, match=re.escape(refusal)):
            write_folder(snapshot, tmp_path / "frozen")
        assert not (tmp_path / "frozen" / "manifest.json").exists()
    if name == "judgments":
        with pytest.raises(FormatError, match=re.escape(refusal)):
            list(comparison_votes(reader_of(snapshot)))
        return
    with pytest.raises(DomainError, match=re.escape(refusal)):
        export_to_folder(snapshot=snapshot, format_name="chosen-rejected", out=tmp_path / "out")
    assert not (tmp_path / "out" / "export.json").exists()


def test_a_manifest_that_was_changed_is_refused(study):
    snapshot = freeze(campaign=study[0])
    path = Path(default_storage.path(snapshot.manifest_path))
    path.write_text(path.read_text().replace('"k": 2', '"k": 3'))
    with pytest.raises(DomainError, match=f"content_sha256 is {snapshot.content_sha256}, its"):
        manifest_of(snapshot)


def test_people_are_pseudonyms_without_a_name(study):
    campaign, people, _ = study
    folder = freeze(campaign=campaign)
    names = {person.username for person in people}
    for row in table(folder, "judgments"):
        assert row["annotator"] not in names
        assert not any(name in json.dumps(row, default=str) for name in names)


def test_answers_out_of_force_stay_in_the_table_and_out_of_the_label(study):
    campaign, _people, comparisons = study
    comparison = comparisons[0]
    late = make_judgment(comparison, make_member(campaign), state="surplus")
    dropped = comparison.judgments.first()
    SetAside.objects.create(judgment=dropped, reason="answered blind", actor=make_user())
    make_judgment(comparison, make_member(campaign), cannot_judge="the image is broken")
    snapshot = freeze(campaign=campaign)
    states = {row["judgment_id"]: row["state"] for row in table(snapshot, "judgments")}
    assert states[str(late.public_id)] == "surplus"
    assert states[str(dropped.public_id)] == "set_aside"
    label = next(
        row
        for row in table(snapshot, "labels")
        if row["comparison_id"] == str(comparison.public_id)
    )
    assert label["n_judgments"] == 2


def test_a_folder_is_complete_and_a_second_write_changes_nothing(study, tmp_path):
    snapshot = freeze(campaign=study[0])
    out = write_folder(snapshot, tmp_path / "frozen")
    manifest = json.loads((out / "manifest.json").read_text())
    for part in (part for t in manifest["tables"].values() for part in t["parts"]):
        assert hashlib.sha256((out / part["path"]).read_bytes()).hexdigest() == part["sha256"]
    images = list((out / "images").iterdir())
    assert len(images) == 16
    for image in images:
        assert hashlib.sha256(image.read_bytes()).hexdigest() == image.name
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    write_folder(snapshot, out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_folder_that_holds_something_else_is_refused_and_left_as_it_was(study, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CommandError, match="is not empty") as refusal:
        call_command("snapshot", study[0].slug, out=tmp_path)
    assert refusal.value.returncode == 2
    assert [path.name for path in tmp_path.iterdir() if path.name != "media"] == ["notes.txt"]
    assert not Snapshot.objects.exists()
    assert not study[0].events.filter(verb="froze").exists()


def test_an_export_into_a_folder_in_use_leaves_no_snapshot_behind(study, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CommandError, match="is not empty") as refusal:
        call_command("export", study[0].slug, format="chosen-rejected", out=tmp_path)
    assert refusal.value.returncode == 2
    assert not Snapshot.objects.exists()


def test_the_command_names_a_campaign_that_does_not_exist():
    with pytest.raises(CommandError, match="nowhere") as refusal:
        call_command("snapshot", "nowhere")
    assert refusal.value.returncode == 2


@pytest.mark.parametrize("lane", ["gold", "training", "repeat", "adjudication"])
def test_an_answer_of_a_lane_that_never_counts_is_in_force_and_does_not_count(study, lane):
    campaign, _people, comparisons = study
    apart = make_judgment(comparisons[0], make_member(campaign), lane=lane)
    declined = make_judgment(comparisons[1], make_member(campaign), cannot_judge="too dark")
    snapshot = freeze(campaign=campaign)
    rows = {row["judgment_id"]: row for row in table(snapshot, "judgments")}
    row = rows[str(apart.public_id)]
    assert (row["state"], row["in_force"], row["counts"]) == ("uncounted", True, False)
    row = rows[str(declined.public_id)]
    assert (row["state"], row["in_force"], row["counts"]) == ("counted", True, False)
    labels = {row["comparison_id"]: row["n_judgments"] for row in table(snapshot, "labels")}
    votes = Counter(row["comparison_id"] for row in rows.values() if row["counts"])
    assert votes == labels


def test_no_answer_counts_on_a_withdrawn_comparison(study):
    campaign, _people, comparisons = study
    Comparison.objects.filter(pk=comparisons[0].pk).update(withdrawn_at=Now())
    snapshot = freeze(campaign=campaign)
    labels = {row["comparison_id"]: row["n_judgments"] for row in table(snapshot, "labels")}
    votes = Counter(row["comparison_id"] for row in table(snapshot, "judgments") if row["counts"])
    assert str(comparisons[0].public_id) not in labels
    assert votes == labels


def test_items_have_their_language_and_labels_say_whether_an_answer_is_gold(media_root):
    lead = make_user("lena")
    campaign = make_campaign(overlap=2, lead=lead)
    for language in ("de", ""):
        comparison = make_comparison(make_item(campaign, language=language))
        for slot in (1, 2):
            make_judgment(comparison, make_member(campaign), slot=slot)
        if language:
            create_golds(campaign=campaign, comparisons=[comparison.public_id], least=2, actor=lead)
    snapshot = freeze(campaign=campaign)
    languages = {row["item_id"]: row["language"] for row in table(snapshot, "items")}
    assert sorted(languages.values()) == ["", "de"]
    gold = {languages[row["item_id"]]: row["gold"] for row in table(snapshot, "labels")}
    assert gold == {"de": True, "": False}
