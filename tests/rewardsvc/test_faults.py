"""Machines that run out of disk or memory say so and lose nothing."""

import errno
import json
import subprocess
import sys

import pytest
from django.core.files.storage import default_storage

from annotation.common import storage
from annotation.models import Judgment, SetAside
from jobs import services as jobs
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.errors import CheckpointDamaged, RunRefused
from rewardsvc.models import RewardModel, TrainingRun
from rewardsvc.services import checkpoints, runs
from tests.annotation.studies import make_study
from tests.factories import make_campaign, make_comparison, make_judgment, make_member, make_user
from tests.rewardsvc.core.snapshots import make_snapshot
from tests.rewardsvc.test_jobs import SMALL, quiet_broker, train  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)

# Trains on a folder while no file may grow beyond a megabyte.
FULL = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
import os
os.environ.update(SECRET_KEY="x", DATABASE_URL="postgres:///none", REDIS_URL="redis://localhost",
                  DJANGO_SETTINGS_MODULE="config.settings")
import django
django.setup()
from jobs.errors import JobError
from rewardsvc.services.runs import RunRequest
from rewardsvc.workers import faults
from rewardsvc.workers.folders import train_folder
snapshot, out = map(Path, sys.argv[1:])
config = {"epochs": 1, "model": {"image_size": 64}}
try:
    with faults.named(out):
        train_folder(snapshot, out, RunRequest(config=config), print)
except JobError as error:
    print("refused:", error)
"""


@pytest.fixture
def campaign(media_root, settings, tmp_path):
    settings.WORK_ROOT = tmp_path / "work"
    return make_study(n_items=8)[0]


def test_a_file_that_cannot_grow_is_reported_as_a_full_disk(tmp_path):
    make_snapshot(tmp_path / "snapshot", n_items=4, seed=1)
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path / "snapshot", out],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "refused: The disk of the worker is full" in done.stdout, done.stderr[-2000:]
    assert str(out) in done.stdout
    assert not (out / "reward_model.json").exists()


def test_a_full_disk_is_detected_by_errno_message_and_cause():
    from rewardsvc.workers.faults import is_disk_full

    assert is_disk_full(OSError(errno.ENOSPC, "full"))
    assert is_disk_full(RuntimeError("I/O error: No space left on device (os error 28)"))
    wrapped = RuntimeError("cannot write")
    wrapped.__cause__ = OSError(errno.EDQUOT, "quota")
    assert is_disk_full(wrapped)
    assert not is_disk_full(OSError(errno.ENOENT, "no such file"))


def test_a_run_without_memory_tries_fewer_items_down_to_one_and_then_fails(campaign):
    # A terabyte of embeddings: no machine of these tests has it, whatever the batch.
    huge = {"image_size": 64, "members": 2_000_000}
    run = train(campaign, model=huge)
    job = run_one("gpu")
    assert job.state == "failed"
    assert "ran out of memory with a single item at a time" in job.error
    run.refresh_from_db()
    assert run.config["micro_items"] == 1
    assert not RewardModel.objects.exists()


def test_a_retry_with_fewer_items_resumes_from_the_saved_state(tmp_path):
    from dataclasses import replace

    from rewardsvc.core.data.files import in_folder
    from rewardsvc.core.data.preferences import build_data
    from rewardsvc.core.snapshot import read_snapshot
    from rewardsvc.core.training.settings import TrainConfig
    from rewardsvc.core.training.train import EpochDone, fit

    folder = tmp_path / "snapshot"
    make_snapshot(folder, n_items=6, seed=2)
    data = build_data(read_snapshot(folder))
    config = TrainConfig.from_json({**SMALL, "epochs": 3})
    shas = {sha for t in data.triples for sha in (t.source_sha, t.edit_sha)}
    images = config.images(shas, in_folder(folder))

    def stop(event):
        if isinstance(event, EpochDone) and event.epoch == 2:
            raise MemoryError

    epochs = []
    with pytest.raises(MemoryError):
        fit(config, data, images, train_sources=data.train_sources, out_dir=tmp_path / "s",
            progress=stop)  # fmt: skip
    smaller = replace(config, micro_items=1)
    fit(smaller, data, images, train_sources=data.train_sources, out_dir=tmp_path / "s",
        progress=lambda e: epochs.append(e.epoch))  # fmt: skip
    assert min(epochs) == 2


def test_retrying_a_failed_run_resumes_it(campaign):
    run = train(campaign, learning_rate=3)
    assert run_one("gpu").state == "failed"
    TrainingRun.objects.filter(pk=run.pk).update(config=SMALL)
    job = runs.retry_run(run, actor=None)
    with pytest.raises(RunRefused, match="queued or running"):
        runs.retry_run(run, actor=None)
    assert run_one("gpu").public_id == job.public_id
    run.refresh_from_db()
    assert run.finished_at is not None
    with pytest.raises(RunRefused, match="This run is done"):
        runs.retry_run(run, actor=None)


def test_a_checkpoint_that_was_altered_or_is_gone_is_named(campaign, tmp_path):
    train(campaign)
    run_one("gpu")
    model = RewardModel.objects.get(fold=None)
    held = json.loads(storage.read(f"{model.path}/{checkpoints.MANIFEST}"))
    assert set(held) == {"model.safetensors", "reward_model.json"}
    place = checkpoints.fetch(model, tmp_path / "whole")
    assert (place / "reward_model.json").is_file()
    path = default_storage.path(f"{model.path}/model.safetensors")
    with open(path, "r+b") as file:  # noqa: PTH123 - in place, as a disk would
        file.seek(500)
        file.write(b"\xff" * 8)
    with pytest.raises(CheckpointDamaged, match=r"model\.safetensors hashes to"):
        checkpoints.fetch(model, tmp_path / "altered")
    default_storage.delete(f"{model.path}/model.safetensors")
    with pytest.raises(CheckpointDamaged, match=r"model\.safetensors is gone"):
        checkpoints.fetch(model, tmp_path / "gone")
    Job.objects.filter(state="queued").delete()
    runs.start_rescoring(campaign=campaign.public_id, actor=None)
    job = run_one("gpu")
    assert job.state == "failed"
    assert "is gone from the storage" in job.error


def test_a_run_goes_on_from_a_model_of_its_campaign_and_backbone_only(campaign):
    first = train(campaign)
    run_one("gpu")
    model = RewardModel.objects.get(fold=None)
    Job.objects.filter(state="queued").delete()
    second = runs.start_run(
        campaign=campaign.public_id,
        actor=None,
        request=runs.RunRequest(config=SMALL, started_from=model.public_id),
    )
    job = run_one("gpu")
    assert job.error == ""
    second.refresh_from_db()
    assert second.started_from == model
    assert first.started_from is None
    Job.objects.filter(state="queued").delete()
    fold = RewardModel.objects.filter(fold=0).first()
    for wrong in (fold.public_id, second.public_id):
        with pytest.raises(RunRefused, match="not a final model of this campaign"):
            runs.start_run(
                campaign=campaign.public_id,
                actor=None,
                request=runs.RunRequest(config=SMALL, started_from=wrong),
            )
    with pytest.raises(RunRefused, match="is compact, the run qwen3-vl"):
        runs.start_run(
            campaign=campaign.public_id,
            actor=None,
            request=runs.RunRequest(backbone="qwen3-vl", started_from=model.public_id),
        )
    assert TrainingRun.objects.count() == 2


def started_from(campaign, start, **config):
    return runs.start_run(
        campaign=campaign.public_id,
        actor=None,
        request=runs.RunRequest(config=SMALL | config, started_from=start.public_id),
    )


def nothing_came_of(run, *, models=0):
    """Whether a refused run has left no epoch, no model and no folder."""
    run.refresh_from_db()
    gone = not runs.work_folder(run).exists() and not run.points.exists()
    return gone and run.finished_at is None and RewardModel.objects.count() == models


@pytest.mark.parametrize(
    ("dimensions", "config", "message"),
    [
        (
            ["colour", "light"],
            {},
            "The model to start from judges colour, light; the rubric of this campaign asks for",
        ),
        (None, {"model": {"image_size": 80}}, "the run asks for"),
    ],
    ids=["another rubric", "other settings"],
)
def test_a_start_that_does_not_fit_is_refused_before_any_fold_is_trained(
    campaign, dimensions, config, message
):
    train(campaign)
    run_one("gpu")
    Job.objects.filter(state="queued").delete()
    model = RewardModel.objects.get(fold=None)
    if dimensions is not None:
        RewardModel.objects.filter(pk=model.pk).update(dimensions=dimensions)
    run = started_from(campaign, model, **config)
    job = run_one("gpu")
    assert job.state == "failed"
    assert message in job.error
    assert nothing_came_of(run, models=4)


def test_an_image_gone_from_the_storage_is_named_and_the_run_can_be_tried_again(
    campaign, media_root
):
    run = train(campaign)
    lost = next((media_root / "originals").rglob("?" * 64))
    away = lost.rename(media_root / "away")
    job = run_one("gpu")
    assert (job.state, job.error) == ("failed", f"image {lost.name} is gone from the storage")
    assert nothing_came_of(run)
    away.rename(lost)
    runs.retry_run(run, actor=None)
    assert run_one("gpu").state == "done"


def test_a_campaign_of_nothing_but_equal_scores_is_refused_by_the_worker_with_the_reason(
    media_root, settings, tmp_path
):
    settings.WORK_ROOT = tmp_path / "work"
    campaign = make_campaign()
    person = make_member(campaign)
    for _ in range(8):
        make_judgment(make_comparison(campaign=campaign, files=True), person, ranks=[1, 1])
    request = runs.RunRequest(config=SMALL, target="scores")
    run = runs.start_run(campaign=campaign.public_id, actor=None, request=request)
    job = run_one("gpu")
    assert job.state == "failed"
    assert "pairs to train on are ties: nothing to learn" in job.error
    assert nothing_came_of(run)


def test_a_campaign_whose_answers_were_set_aside_meanwhile_is_refused_with_the_reason(campaign):
    run = train(campaign)
    lead = make_user("lead")
    for judgment in Judgment.objects.all():
        SetAside.objects.create(judgment=judgment, reason="Random answers.", actor=lead)
    job = run_one("gpu")
    assert job.state == "failed"
    assert "no judged pair in the sources to train on" in job.error
    assert nothing_came_of(run)


def test_a_run_cancelled_after_its_last_epoch_registers_nothing(campaign, monkeypatch):
    from rewardsvc.workers import training

    run = train(campaign)
    real = training.judge

    def cancel_meanwhile(*args):
        jobs.cancel(runs.job_of(run))
        return real(*args)

    monkeypatch.setattr(training, "judge", cancel_meanwhile)
    assert run_one("gpu").state == "cancelled"
    assert not RewardModel.objects.exists()
    assert not default_storage.exists(f"models/{run.public_id}")
