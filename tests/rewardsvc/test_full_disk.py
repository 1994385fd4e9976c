"""A disk that is really full: small file systems in memory, mounted for one process alone."""

import subprocess
import sys

import pytest
from django.core.files.storage import default_storage

from annotation.common import storage
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.models import RewardModel
from rewardsvc.services import runs
from tests.annotation.studies import make_study
from tests.live import PROJECT, process_environment
from tests.rewardsvc.test_jobs import quiet_broker, train  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)

# A worker that takes one job, and with "roomier" one more once the disk was made larger.
WORKER = """
import subprocess, sys
import django
django.setup()
from jobs.runner import run_one
from rewardsvc.models import TrainingRun
from rewardsvc.services import runs
place, roomier = sys.argv[1:]
print("first:", run_one("gpu").error)
if roomier:
    subprocess.run(["mount", "-o", "remount,size=200m", place], check=True)
    run = TrainingRun.objects.get()
    print("kept:", *sorted(p.name for p in runs.work_folder(run).glob("stage-*/state/*")))
    runs.retry_run(run, actor=None)
    print("second:", run_one("gpu").state)
"""


def on_small_disk(place, size, media_root, *, roomier=False):
    """Run a worker with `place` on a file system of that size; return its output."""
    place.mkdir(parents=True, exist_ok=True)
    mount = f"mount -t tmpfs -o size={size} none {place}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], check=False).returncode:
        pytest.skip("no right to mount a small file system")
    worker = [sys.executable, "-c", WORKER, place, "roomier" if roomier else ""]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", *worker],
        cwd=PROJECT,
        env=process_environment(media_root) | {"WORK_ROOT": str(media_root.parent / "work")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def campaign(media_root, settings, tmp_path):
    settings.WORK_ROOT = tmp_path / "work"
    return make_study(n_items=8)[0]


def weights(run):
    return {m.fold: storage.read(f"{m.path}/model.safetensors") for m in run.models.all()}


def test_a_run_that_fills_the_disk_goes_on_once_there_is_room(campaign, media_root, settings):
    run = train(campaign)
    # One state of 7 MB is kept while the next is written, and a finished stage takes 9 MB.
    output = on_small_disk(settings.WORK_ROOT, "20m", media_root, roomier=True)
    assert f"first: The disk of the worker is full: {runs.work_folder(run)} lies where" in output
    assert "MB are free" in output
    assert "kept: training_state.pt" in output
    assert "second: done" in output
    run.refresh_from_db()
    assert run.points.count() == 4 * 2
    Job.objects.filter(state="queued").delete()
    undisturbed = train(campaign)
    assert run_one("gpu").state == "done"
    assert weights(undisturbed) == weights(run)


def test_a_registry_without_room_is_named_and_keeps_no_part_of_a_checkpoint(
    campaign, media_root, settings
):
    run = train(campaign)
    models = media_root / "models"
    # Room for the first two of the four checkpoints, of 1.8 MB each.
    output = on_small_disk(models, "5m", media_root)
    assert f"first: The disk of the worker is full: {media_root} lies where" in output
    assert not RewardModel.objects.exists()
    run.refresh_from_db()
    assert run.finished_at is None
    epochs = set(run.points.values_list("pk", flat=True))
    runs.retry_run(run, actor=None)
    assert run_one("gpu").state == "done"
    # Nothing was trained again, and what is stored is what the registry knows.
    assert set(run.points.values_list("pk", flat=True)) == epochs
    folders, _ = default_storage.listdir(f"models/{run.public_id}")
    assert {f"models/{run.public_id}/{name}" for name in folders} == {
        model.path.rsplit("/", 1)[0] for model in RewardModel.objects.all()
    }
