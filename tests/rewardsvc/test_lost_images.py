"""Rescoring and training of a campaign some of whose originals are gone or damaged."""

import json

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from annotation.common.storage import original_name
from annotation.models import Candidate, Item, ModelSignal, Snapshot
from annotation.snapshots.stored import manifest_of
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.models import Reward, TrainingRun
from rewardsvc.services import runs
from rewardsvc.workers import parts
from tests.annotation.studies import make_study
from tests.factories import make_user
from tests.pages import part
from tests.rewardsvc.test_jobs import quiet_broker, train  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)

EDITS, FOLD_EDITS = 24, 18
GONE = "is gone from the storage"


@pytest.fixture
def lead():
    return make_user()


@pytest.fixture
def campaign(media_root, settings, tmp_path, monkeypatch, lead):
    """A campaign with a finished run, whose rescoring is queued in parts of five edits."""
    settings.WORK_ROOT = tmp_path / "work"
    monkeypatch.setattr(parts, "SIZE", 5)
    campaign = make_study(n_items=8, lead=lead)[0]
    train(campaign, epochs=1)
    ended = run_one("gpu")
    assert (ended.state, ended.error) == ("done", "")
    return campaign


def rescoring():
    return Job.objects.get(kind=runs.RESCORE, state="queued")


@pytest.fixture
def gone(campaign, media_root):
    """An edit of a held-out item whose original is no longer in the storage."""
    candidate = Candidate.objects.filter(item__held_out=True).first()
    (media_root / original_name(candidate.image.sha256)).unlink()
    return candidate


def test_a_damaged_part_of_the_snapshot_ends_a_rescoring_with_its_name(campaign, media_root):
    tables = manifest_of(Snapshot.objects.get())["tables"]
    path = media_root / "snapshots" / tables["judgments"]["parts"][0]["path"]
    path.write_bytes(path.read_bytes()[:-1])
    ended = run_one("gpu", job_id=rescoring().pk)
    assert ended.state == "failed"
    assert ended.error.startswith(f"table 'judgments': snapshots/parts/{path.name} hashes to ")
    assert not ModelSignal.objects.exists()


def test_every_other_edit_is_scored_and_the_failed_ones_are_named(campaign, gone, media_root):
    item = Item.objects.filter(held_out=False).last()
    path = media_root / original_name(item.source.sha256)
    path.write_bytes(b"no picture")
    ended = run_one("gpu", job_id=rescoring().pk)
    assert (ended.state, ended.error) == ("done", "")
    # The final model lacks one edit and an item's three, one fold's model the same three.
    assert ended.result["scored"] == EDITS - 4 + FOLD_EDITS - 3 == Reward.objects.count()
    altered = "is damaged: its content has another hash"
    expected = {str(gone.public_id): (gone.image.sha256, GONE)} | {
        str(candidate.public_id): (item.source.sha256, altered)
        for candidate in item.candidates.all()
    }
    failed = {each["candidate"]: each for each in ended.result["failed"]}
    assert ended.result["n_failed"] == len(ended.result["failed"]) == 4
    assert {name: (each["image"], each["reason"]) for name, each in failed.items()} == expected
    assert not Reward.objects.filter(edit_sha256=gone.image.sha256).exists()
    # 24 comparisons: two of the lost edit, three of the lost source; two signals each.
    assert ModelSignal.objects.count() == 2 * (24 - 5)


def test_an_edit_whose_image_is_back_is_scored_by_the_next_rescoring(campaign, media_root):
    path = media_root / original_name(Candidate.objects.first().image.sha256)
    away = path.rename(media_root / "away")
    assert run_one("gpu", job_id=rescoring().pk).result["n_failed"] == 1
    before = Reward.objects.count()
    away.rename(path)
    runs.start_rescoring(campaign=campaign.public_id, actor=None)
    ended = run_one("gpu", job_id=rescoring().pk)
    assert (ended.result["failed"], ended.result["n_failed"]) == ([], 0)
    assert before < Reward.objects.count() == EDITS + FOLD_EDITS


def test_the_command_names_the_failed_edits(campaign, gone, capsys):
    call_command("rescore", campaign.slug, here=True, json=True)
    result = json.loads(capsys.readouterr().out)
    assert result["failed"] == [
        {"candidate": str(gone.public_id), "image": gone.image.sha256, "reason": GONE}
    ]
    call_command("rescore", campaign.slug, here=True)
    text = capsys.readouterr().out
    named = next(line for line in text.splitlines() if str(gone.public_id) in line)
    assert (gone.image.sha256 in named, GONE in named) == (True, True)


def test_the_pages_of_models_and_of_the_run_name_the_failed_edits(campaign, gone, lead):
    run_one("gpu", job_id=rescoring().pk)
    client = Client()
    client.force_login(lead)
    run = TrainingRun.objects.get()
    for url in (
        reverse("models", args=[campaign.slug]),
        reverse("run", args=[campaign.slug, run.public_id]),
    ):
        shown = client.get(url)
        assert part(shown, "[data-unscored]").numbers == [1]
        html = shown.text
        assert f"{gone.image.sha256}</code> {GONE}" in html
        assert str(gone.public_id) in html


def test_a_storage_without_any_image_fails_the_rescoring_and_changes_no_signal(
    campaign, media_root
):
    run_one("gpu", job_id=rescoring().pk)
    before = set(ModelSignal.objects.values_list("pk", flat=True))
    Reward.objects.all().delete()
    (media_root / "originals").rename(media_root / "elsewhere")
    runs.start_rescoring(campaign=campaign.public_id, actor=None)
    ended = run_one("gpu", job_id=rescoring().pk)
    assert ended.state == "failed"
    assert "24" in ended.error
    assert GONE in ended.error
    assert set(ModelSignal.objects.values_list("pk", flat=True)) == before


def test_a_training_is_refused_naming_every_lost_image(campaign, gone, media_root):
    other = Candidate.objects.exclude(pk=gone.pk).last()
    (media_root / original_name(other.image.sha256)).write_bytes(b"no picture")
    rescoring().delete()
    run = train(campaign, epochs=1)
    ended = run_one("gpu")
    assert ended.state == "failed"
    assert f"{gone.image.sha256} {GONE}" in ended.error
    assert f"{other.image.sha256} is damaged" in ended.error
    assert not run.points.exists()
    assert not run.models.exists()
