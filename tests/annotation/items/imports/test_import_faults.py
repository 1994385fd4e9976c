"""Imports that are killed, run side by side, or taken up again by another worker."""

import hashlib
import signal
import subprocess
import sys
import time
from datetime import timedelta
from functools import cache

import pytest
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import Count
from django.db.models.functions import Now

from annotation.common.scratch import scratch_folder
from annotation.common.storage import original_name, read
from annotation.items.services import import_jobs
from annotation.items.services.imports import import_folder
from annotation.models import Candidate, Derivative, ImportBatch, Item, StoredImage
from jobs import runner
from jobs.models import Job
from jobs.services import sweep
from tests.annotation.items.imports.makers import painting, saved, write_folder, write_zip
from tests.factories import make_campaign, make_user
from tests.live import PROJECT, process_environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
N_ITEMS = 40


@cache
def many_items():
    """Return (rows, pictures): N_ITEMS items of two candidates, large enough to take a while."""
    rows, pictures = [], {}
    for n in range(N_ITEMS):
        for kind, seed in (("s", 3 * n), ("a", 3 * n + 1), ("b", 3 * n + 2)):
            pictures[f"{kind}{n}.png"] = saved(painting(240, 160, seed=seed))
        candidates = {"painter": f"a{n}.png", "brush": f"b{n}.png"}
        rows.append({"instruction": f"Do {n}.", "source": f"s{n}.png", "candidates": candidates})
    return rows, pictures


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "set", *many_items())


def start(media_root, *arguments):
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=process_environment(media_root),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def kill_midway(process):
    """SIGKILL the process once a few items are there, before it is through."""
    deadline = time.monotonic() + 180
    while Item.objects.count() < 3:
        assert process.poll() is None, process.stdout.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 3 <= Item.objects.count() < N_ITEMS


def scratch_folders(work_root):
    """Return the folders that imports hold, or left, in the work space."""
    return {path for path in (work_root / "scratch").iterdir() if path.is_dir()}


@pytest.fixture(autouse=True)
def work_root(settings, tmp_path, monkeypatch):
    """Give imports a work space and a temporary folder that no other test looks into."""
    settings.WORK_ROOT = tmp_path / "work"
    monkeypatch.setenv("WORK_ROOT", str(settings.WORK_ROOT))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return settings.WORK_ROOT


def check_whole(campaign):
    """Every item has both its candidates, every image its bytes and views."""
    items = Item.objects.filter(campaign=campaign).annotate(n=Count("candidates"))
    assert {item.n for item in items} == {2}
    for image in StoredImage.objects.annotate(n_views=Count("derivatives")):
        assert image.n_views == 2
        data = read(original_name(image.sha256))
        assert hashlib.sha256(data).hexdigest() == image.sha256
    for view in Derivative.objects.all():
        assert default_storage.size(view.path) == view.n_bytes


def check_complete(campaign):
    check_whole(campaign)
    assert Item.objects.filter(campaign=campaign).count() == N_ITEMS
    assert Candidate.objects.filter(item__campaign=campaign).count() == 2 * N_ITEMS
    assert StoredImage.objects.count() == 3 * N_ITEMS


def test_a_killed_import_leaves_whole_items_and_a_second_run_completes_it(media_root, folder):
    campaign = make_campaign(rubric=False)
    kill_midway(start(media_root, "import_items", campaign.slug, str(folder)))
    check_whole(campaign)
    n_before = Item.objects.count()
    batch = import_folder(campaign=campaign, path=folder)
    check_complete(campaign)
    assert batch.report["counts"]["items"] == {
        "taken": N_ITEMS - n_before,
        "already_there": n_before,
        "refused": 0,
    }


def test_what_a_killed_import_left_on_disk_is_removed_by_the_next(
    media_root, work_root, tmp_path, folder
):
    campaign = make_campaign(rubric=False)
    kill_midway(start(media_root, "import_items", campaign.slug, str(folder)))
    assert len(scratch_folders(work_root)) == 1
    import_folder(campaign=campaign, path=folder)
    assert scratch_folders(work_root) == set()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_folder_in_use_stays_while_an_import_comes_and_goes(media_root, work_root, folder):
    with scratch_folder("import") as mine:
        (mine / "view.webp").write_bytes(b"x")
        import_folder(campaign=make_campaign(rubric=False), path=folder)
        assert scratch_folders(work_root) == {mine}
        assert (mine / "view.webp").read_bytes() == b"x"
    assert scratch_folders(work_root) == set()


def test_two_imports_of_one_folder_side_by_side_make_no_doubles(media_root, folder):
    campaign = make_campaign(rubric=False)
    both = [start(media_root, "import_items", campaign.slug, str(folder)) for _ in range(2)]
    for process in both:
        said = process.communicate(timeout=300)[0].decode()
        assert process.returncode == 0, said
        assert "0 refused" in said
    check_complete(campaign)
    taken = [batch.report["counts"]["items"]["taken"] for batch in ImportBatch.objects.all()]
    assert sum(taken) == N_ITEMS


def upload(campaign, tmp_path):
    rows, pictures = many_items()
    folder = write_folder(tmp_path / "packed", rows, {})
    manifest = (folder / "manifest.json").read_bytes()
    path = write_zip(tmp_path / "set.zip", {"manifest.json": manifest} | pictures)
    with path.open("rb") as file:
        return import_jobs.start_upload(
            campaign=campaign, upload=File(file), filename="set.zip", actor=make_user()
        )


def test_an_upload_whose_worker_is_killed_is_taken_up_by_the_next(media_root, tmp_path):
    campaign = make_campaign(rubric=False)
    batch = upload(campaign, tmp_path)
    kill_midway(
        start(
            media_root, "shell", "-v0", "-c", "from jobs import runner; runner.run_one('default')"
        )
    )
    check_whole(campaign)
    Job.objects.update(heartbeat_at=Now() - timedelta(minutes=5))
    sweep()
    job = runner.run_one("default")
    assert (job.state, job.error) == ("done", "")
    check_complete(campaign)
    batch.refresh_from_db()
    assert batch.finished_at is not None
    # What the killed worker had taken belongs to this import all the same.
    assert batch.report["counts"]["items"] == {
        "taken": N_ITEMS,
        "already_there": 0,
        "refused": 0,
    }
    assert batch.report["counts"]["images"]["taken"] == 3 * N_ITEMS
    assert default_storage.listdir("uploads")[1] == []


def test_an_upload_that_is_no_archive_fails_with_its_reason(media_root, tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(b"not a zip")
    with path.open("rb") as file:
        batch = import_jobs.start_upload(
            campaign=make_campaign(), upload=File(file), filename="set.zip", actor=make_user()
        )
    job = runner.run_one("default")
    assert job.state == "failed"
    batch.refresh_from_db()
    assert batch.report["error"].startswith("set.zip: ")
    assert batch.finished_at is not None
    assert default_storage.listdir("uploads")[1] == []
    assert not Item.objects.exists()


def test_a_cancelled_upload_says_so_and_is_removed(media_root, tmp_path):
    from jobs.services import cancel

    batch = upload(make_campaign(), tmp_path)
    cancel(Job.objects.get(public_id=batch.job_id))
    batch.refresh_from_db()
    assert "was stopped" in batch.report["error"]
    assert default_storage.listdir("uploads")[1] == []


def test_the_derive_job_makes_the_missing_views_and_no_others(media_root, folder):
    campaign = make_campaign(rubric=False)
    import_folder(campaign=campaign, path=folder, derive="job")
    assert not Derivative.objects.exists()
    assert runner.run_one("default").state == "done"
    check_complete(campaign)
    import_folder(campaign=campaign, path=folder, derive="job")
    ids = set(Derivative.objects.values_list("pk", flat=True))
    assert runner.run_one("default").result == {"images": 0}
    assert set(Derivative.objects.values_list("pk", flat=True)) == ids
