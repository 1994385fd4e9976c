"""What must run within seconds has a worker of its own; a worker's memory has an end."""

import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.db import connections, transaction

from annotation.comparisons.jobs import request_build
from annotation.comparisons.planning.choose import Rule
from annotation.items.services.import_jobs import start_upload
from annotation.models import Assignment, Campaign, ImportBatch
from demo.children import programs
from jobs import services
from jobs.models import Job
from jobs.runner import OUT_OF_MEMORY, run_one
from tests.annotation.items.imports.makers import bomb, two_items, write_folder
from tests.factories import (
    let_expire,
    make_assignment,
    make_campaign,
    make_member,
    make_queued,
    make_user,
)

PATIENCE = 180


def until(holds, what):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {PATIENCE} s in vain for {what}")
        time.sleep(0.1)


def test_every_queue_has_a_worker_in_the_demo():
    served = {
        program.command[program.command.index("-Q") + 1]
        for program in programs(0, Path())
        if "-Q" in program.command
    }
    routed = {route["queue"] for route in django_settings.CELERY_TASK_ROUTES.values()}
    assert served == {*Job.Queue.values, *routed}


def test_a_scheduled_message_does_not_outlive_its_successor():
    for entry in django_settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["options"]["expires"] <= entry["schedule"]


@contextmanager
def locked(campaign):
    """Hold a campaign's row, so that a build of it waits for as long."""
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
            held.set()
            let_go.wait(10 * PATIENCE)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(PATIENCE)
    try:
        yield
    finally:
        let_go.set()
        thread.join()


@pytest.mark.faults
def test_leases_end_within_seconds_while_the_default_queue_is_full(transactional_db, start_worker):
    busy = make_campaign()
    lead = make_member(busy, role="lead")
    for _ in range(5):
        request_build(campaign=busy, rule=Rule(2, "all", 1), actor=lead)
    lease = make_assignment(make_queued(campaign=make_campaign()), slot=1)
    let_expire(lease)

    def has_begun():
        services.sweep()  # what beat does every ten seconds
        return Job.objects.filter(state="running").exists()

    with locked(busy):
        start_worker("default")
        start_worker("sweeps")
        until(has_begun, "a build to begin")
        current_app.send_task("annotation.sweep_leases")
        until(lambda: Assignment.objects.get(pk=lease.pk).state == "expired", "the lease's end")
        # The one worker of that queue is still at the first, which ends with this block only.
        assert Job.objects.filter(state="queued").delete()[0] == 4
    until(lambda: not Job.objects.filter(state="running").exists(), "the build to end")


def exhaust(context):
    return {"bytes": len(bytearray(1 << 46))}


def test_a_job_without_enough_memory_says_so(transactional_db):
    from jobs import registry

    registry.register("test.exhaust", handler="tests.jobs.test_queues.exhaust")
    services.enqueue("test.exhaust", payload={})
    job = run_one("default")
    assert (job.state, job.error) == ("failed", OUT_OF_MEMORY)


@pytest.mark.faults
def test_a_picture_too_large_for_the_worker_is_refused_and_the_worker_goes_on(
    transactional_db, settings, tmp_path, monkeypatch, start_worker
):
    from io import BytesIO

    from django.core.files import File

    from tests.annotation.items.imports.makers import write_zip

    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setenv("WORKER_MEMORY_MIB", "400")
    start_worker("default")
    rows, pictures = two_items()
    pictures["s0.png"] = bomb(7_000, 7_000)
    batches = []
    for name, files in (("large", pictures), ("small", two_items()[1])):
        folder = write_folder(tmp_path / name, rows, files)
        entries = {path.name: path.read_bytes() for path in folder.iterdir()}
        packed = write_zip(tmp_path / f"{name}.zip", entries)
        batches.append(
            start_upload(
                campaign=make_campaign(),
                upload=File(BytesIO(packed.read_bytes())),
                filename=f"{name}.zip",
                actor=make_user(),
            )
        )
    until(lambda: not ImportBatch.objects.filter(finished_at=None).exists(), "both imports")
    large, small = (ImportBatch.objects.get(pk=batch.pk).report for batch in batches)
    assert large["counts"]["items"] == {"taken": 1, "already_there": 0, "refused": 1}
    assert any("more memory to decode" in row["reason"] for row in large["rows"])
    assert small["counts"]["items"]["taken"] == 2
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
