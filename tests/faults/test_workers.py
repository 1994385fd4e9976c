"""Workers killed and the broker wiped, for real."""

import os
import signal
import time
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.db.models.functions import Now

from annotation.common import storage
from annotation.models import Export
from annotation.snapshots.export_jobs import request_export
from annotation.snapshots.services import freeze
from config.redis_reach import client_address
from jobs import services as jobs
from jobs.models import Job
from rewardsvc.models import RewardModel
from rewardsvc.services.runs import RunRequest, start_run
from tests.annotation.studies import make_study

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

PATIENCE = 300


def until(holds, what):
    """Wait for a condition; a test that waits in vain fails and says for what."""
    deadline = time.monotonic() + PATIENCE
    while not (value := holds()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE} s in vain for {what}")
        time.sleep(0.05)
    return value


def let_the_claim_go_stale(job):
    """What 30 seconds of silence look like, without waiting for them."""
    Job.objects.filter(pk=job.pk).update(
        heartbeat_at=Now() - timedelta(seconds=jobs.STALE_SECONDS + 1)
    )


@pytest.fixture
def campaign(media_root, settings, tmp_path, monkeypatch):
    settings.WORK_ROOT = tmp_path / "work"
    monkeypatch.setenv("WORK_ROOT", str(tmp_path / "work"))
    return make_study(n_items=8)[0]


def weights(run):
    """The stored weights of each of a run's models, by fold."""
    return {m.fold: storage.read(f"{m.path}/model.safetensors") for m in run.models.all()}


def test_a_training_whose_worker_is_killed_ends_once_and_as_if_nothing_had_been(
    campaign, start_worker
):
    start_worker("gpu")
    config = {"epochs": 15, "batch_items": 4, "model": {"image_size": 64}}
    run = start_run(campaign=campaign.public_id, actor=None, request=RunRequest(config=config))
    until(lambda: run.points.count() >= 3, "three epochs")
    job = Job.objects.get(public_id=run.job_id)
    os.kill(int(job.worker.rsplit(":", 1)[1]), signal.SIGKILL)
    seen = run.points.count()
    let_the_claim_go_stale(job)
    jobs.sweep()
    until(lambda: Job.objects.get(pk=job.pk).is_finished, "the end of the training")
    job.refresh_from_db()
    assert (job.state, job.error, job.attempts) == ("done", "", 2)
    assert run.points.count() == 4 * config["epochs"] > seen
    assert RewardModel.objects.filter(run=run).count() == 4
    again = start_run(campaign=campaign.public_id, actor=None, request=RunRequest(config=config))
    until(lambda: Job.objects.get(public_id=again.job_id).is_finished, "the second training")
    again.refresh_from_db()
    run.refresh_from_db()
    assert again.snapshot_sha256 == run.snapshot_sha256
    assert weights(again) == weights(run)


def test_an_export_asked_for_before_redis_was_wiped_is_written_all_the_same(campaign, start_worker):
    export = request_export(
        snapshot=freeze(campaign=campaign),
        format_name="chosen-rejected",
        actor=None,
    )
    with redis.Redis.from_url(client_address(django_settings.CELERY_BROKER_URL)) as broker:
        broker.flushdb()  # this process's own; tests beside it have others
    start_worker("default")
    job = Job.objects.get(public_id=export.job_id)
    assert job.state == "queued"
    jobs.sweep()  # what beat does every ten seconds
    until(lambda: Job.objects.get(pk=job.pk).is_finished, "the export")
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert Export.objects.get().n_rows == 24
