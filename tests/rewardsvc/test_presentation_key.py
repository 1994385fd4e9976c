"""Rewards of another reading of the pictures are neither used nor mixed with new ones."""

import pytest
from django.db import IntegrityError, transaction

from annotation.items.imaging.presentation import Presentation
from annotation.models import Campaign, ModelSignal, Snapshot
from annotation.snapshots.stored import manifest_of
from jobs.runner import run_one
from rewardsvc.models import Reward, TrainingRun
from rewardsvc.selectors import out_of_fold_rewards
from rewardsvc.services import runs
from tests.annotation.studies import make_study
from tests.rewardsvc.test_jobs import quiet_broker, train  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(media_root, settings, tmp_path):
    """A campaign with a finished run, rescored."""
    settings.WORK_ROOT = tmp_path / "work"
    campaign = make_study(n_items=6)[0]
    train(campaign, epochs=1)
    assert [run_one("gpu").state for _ in range(2)] == ["done", "done"]
    return campaign


def signals():
    return set(ModelSignal.objects.values_list("comparison", "kind", "value"))


def test_rewards_of_an_earlier_decoder_are_computed_anew_and_never_used(campaign):
    run, n_rewards, before = TrainingRun.objects.get(), Reward.objects.count(), signals()
    now = Presentation(size="source").sha256
    assert set(Reward.objects.values_list("presentation_sha256", flat=True)) == {now}
    Reward.objects.update(presentation_sha256=Presentation(decoder="naive/1").sha256, reward=99)
    assert out_of_fold_rewards(run) == {}
    runs.start_rescoring(campaign=campaign.public_id, actor=None)
    ended = run_one("gpu")
    assert (ended.state, ended.result["scored"]) == ("done", n_rewards)
    assert Reward.objects.count() == 2 * n_rewards
    assert max(row.reward for row in out_of_fold_rewards(run).values()) < 99
    assert signals() == before
    row = Reward.objects.filter(presentation_sha256=now).first()
    row.pk = None
    with pytest.raises(IntegrityError, match="reward_unique"), transaction.atomic():
        row.save(force_insert=True)


def test_a_run_that_reads_officially_has_rewards_of_its_own(campaign):
    run = TrainingRun.objects.get()
    run.config = {**run.config, "model": {**run.config.get("model", {}), "reading": "official"}}
    assert run.presentation.sha256 != Presentation(size="source").sha256
    assert out_of_fold_rewards(run) == {}


def test_a_run_of_an_earlier_version_keeps_the_rewards_of_edits_in_their_own_size(campaign):
    run = TrainingRun.objects.get()
    assert (run.edit_size, run.presentation) == ("source", Presentation(size="source"))
    assert out_of_fold_rewards(run) != {}
    TrainingRun.objects.update(watermarks=["0.9 0.9 1 1 bar"])
    run.refresh_from_db()
    assert run.presentation == Presentation(size="source", masked=("0.9 0.9 1 1 bar",))
    assert out_of_fold_rewards(run) == {}
    TrainingRun.objects.update(edit_size="own", watermarks=[])
    run.refresh_from_db()
    assert run.presentation == Presentation()
    assert out_of_fold_rewards(run) == {}
    with pytest.raises(IntegrityError, match="run_edit_size_known"), transaction.atomic():
        TrainingRun.objects.update(edit_size="large")


def test_a_run_reads_pictures_without_the_watermarks_that_people_do_not_see(campaign):
    whole = {row.edit_sha256: row.reward for row in Reward.objects.filter(model__fold=None)}
    Campaign.objects.update(watermarks=["0.1 0.1 0.4 0.4 sign"])
    train(campaign, epochs=1)
    assert [run_one("gpu").state for _ in range(2)] == ["done", "done"]
    run = TrainingRun.objects.latest("pk")
    assert run.presentation == Presentation(size="source", masked=("0.1 0.1 0.4 0.4 sign",))
    rows = Reward.objects.filter(model__run=run, model__fold=None)
    assert {row.presentation_sha256 for row in rows} == {run.presentation.sha256}
    assert any(row.reward != whole[row.edit_sha256] for row in rows)


def test_a_snapshot_names_how_its_pictures_are_presented(campaign):
    stated = manifest_of(Snapshot.objects.latest("pk"))["presentation"]
    assert stated == Presentation(size="source").to_json()
    assert stated["sha256"] == Presentation(size="source").sha256 != Presentation().sha256
    assert Presentation(ground=(0, 0, 0)).sha256 != stated["sha256"]
