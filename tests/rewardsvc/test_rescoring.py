"""Rescoring in parts: shared, killed, cancelled, and short of memory or disk."""

import contextlib
import resource
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import torch
from django.db import connection

from annotation.models import ModelSignal
from jobs import services as jobs
from jobs.models import Job
from jobs.runner import Context, run_one
from rewardsvc.models import Reward, RewardModel
from rewardsvc.selectors import out_of_fold_rewards
from rewardsvc.services import runs
from rewardsvc.workers import parts, rescoring
from tests.annotation.studies import make_study
from tests.rewardsvc.test_jobs import quiet_broker, train  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)

EDITS, FOLD_EDITS = 24, 18


@pytest.fixture
def campaign(media_root, settings, tmp_path, monkeypatch):
    """A campaign with a finished run and its rescoring queued in parts of five edits."""
    settings.WORK_ROOT = tmp_path / "work"
    monkeypatch.setattr(parts, "SIZE", 5)
    campaign = make_study(n_items=8)[0]
    train(campaign, epochs=1)
    ended = run_one("gpu")
    assert (ended.state, ended.error) == ("done", "")
    return campaign


def queued():
    return Job.objects.get(kind=runs.RESCORE, state="queued")


def planned(campaign):
    """Return the rescoring, claimed by a worker that has planned its parts and no more."""
    job = jobs.claim("gpu", "planner", job_id=queued().pk)
    models = list(RewardModel.objects.order_by("fold"))
    parts.Parts(job).plan(campaign.public_id, models, Context(job))
    return job


def beside(work):
    """Run in a thread with a database connection of its own."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def counted(monkeypatch):
    """Count what the models are asked, by triple and model."""
    asked = Counter()
    real = rescoring._rewards

    def count(model, scorer, rows, images):
        asked.update((model.pk, row.candidate) for row in rows)
        return real(model, scorer, rows, images)

    monkeypatch.setattr(rescoring, "_rewards", count)
    return asked


def test_two_workers_side_by_side_score_every_edit_exactly_once(campaign, counted):
    job = queued()

    def take_parts():
        while not Job.objects.filter(pk=job.pk, state__in=["done", "failed"]).exists():
            part = Job.objects.filter(kind=runs.PART, state="queued").last()
            if part is not None:
                run_one("gpu", job_id=part.pk)

    other = beside(take_parts)
    ended = run_one("gpu", job_id=job.pk)
    other.join()
    assert (ended.state, ended.error) == ("done", "")
    assert ended.result["scored"] == EDITS + FOLD_EDITS == Reward.objects.count()
    assert len(counted) == EDITS + FOLD_EDITS
    assert set(counted.values()) == {1}
    assert not Job.objects.filter(kind=runs.PART).exists()


def test_a_killed_worker_loses_only_its_current_page(campaign, counted, monkeypatch):
    job = queued()
    real, stored = rescoring._Part._store, []

    def store_or_die(part, rewards):
        if len(stored) == 2:
            raise SystemExit  # the process is gone: no handler may tidy up
        real(part, rewards)
        stored.append(len(rewards))

    monkeypatch.setattr(rescoring._Part, "_store", store_or_die)
    with pytest.raises(SystemExit):
        run_one("gpu", job_id=job.pk)
    monkeypatch.setattr(rescoring._Part, "_store", real)
    lost = sum(counted.values()) - sum(stored)
    assert lost > 0
    Job.objects.filter(state="running").update(heartbeat_at="2020-01-01T00:00:00Z")
    jobs.sweep()
    ended = run_one("gpu", job_id=job.pk)
    assert (ended.state, ended.error) == ("done", "")
    assert ended.result["scored"] == EDITS + FOLD_EDITS == Reward.objects.count()
    assert sum(counted.values()) == EDITS + FOLD_EDITS + lost


def test_cancelling_stops_every_worker_within_a_page(campaign, monkeypatch):
    monkeypatch.setattr(rescoring, "PAGE", 1)
    job = queued()
    real = rescoring._rewards

    def slow(*args):
        time.sleep(0.2)
        return real(*args)

    monkeypatch.setattr(rescoring, "_rewards", slow)
    stored = []

    def cancel_soon():
        while not Reward.objects.exists():
            time.sleep(0.02)
        jobs.cancel(Job.objects.get(pk=job.pk))
        stored.append(Reward.objects.count())

    canceller = beside(cancel_soon)
    ended = run_one("gpu", job_id=job.pk)
    canceller.join()
    assert ended.state == "cancelled"
    # The page at work when it was asked, and no other.
    assert Reward.objects.count() <= stored[0] + 1 < EDITS + FOLD_EDITS
    assert not Job.objects.filter(kind=runs.PART).exists()
    assert not ModelSignal.objects.exists()


def test_a_rescoring_that_waits_for_a_worker_takes_its_parts_with_it_when_cancelled(campaign):
    job = planned(campaign)
    assert Job.objects.filter(kind=runs.PART).count() == 4 * 5
    Job.objects.filter(pk=job.pk).update(heartbeat_at="2020-01-01T00:00:00Z")
    jobs.sweep()
    jobs.cancel(Job.objects.get(pk=job.pk))
    assert Job.objects.get(pk=job.pk).state == "cancelled"
    assert not Job.objects.filter(kind=runs.PART).exists()


def test_a_part_at_work_when_its_rescoring_ends_writes_nothing(campaign, monkeypatch):
    job = planned(campaign)
    real = rescoring._rewards

    def end_meanwhile(*args):
        jobs.fail(job, "Something else went wrong.")
        return real(*args)

    monkeypatch.setattr(rescoring, "_rewards", end_meanwhile)
    final = RewardModel.objects.get(fold=None)
    part = Job.objects.filter(kind=runs.PART, payload__model=final.pk).first()
    run_one("gpu", job_id=part.pk)
    assert Job.objects.get(pk=job.pk).state == "failed"
    assert not Job.objects.filter(pk=part.pk).exists()
    assert not Reward.objects.exists()


def test_too_little_memory_for_a_page_leads_to_smaller_pages(campaign, monkeypatch):
    real, sizes = rescoring._rewards, []

    def hungry(model, scorer, rows, images):
        sizes.append(len(rows))
        if len(rows) > 1:
            torch.empty(1 << 55, dtype=torch.uint8)  # no machine has it: the real refusal
        return real(model, scorer, rows, images)

    monkeypatch.setattr(rescoring, "_rewards", hungry)
    ended = run_one("gpu", job_id=queued().pk)
    assert (ended.state, ended.error) == ("done", "")
    assert sizes[:3] == [5, 2, 1]
    assert Reward.objects.count() == EDITS + FOLD_EDITS


def test_too_little_memory_for_one_edit_fails_the_rescoring_and_leaves_no_part(
    campaign, monkeypatch
):
    def hungry(*_):
        torch.empty(1 << 55, dtype=torch.uint8)

    monkeypatch.setattr(rescoring, "_rewards", hungry)
    ended = run_one("gpu", job_id=queued().pk)
    assert ended.state == "failed"
    assert "out of memory with a single edit at a time" in ended.error
    assert not Job.objects.filter(kind=runs.PART).exists()
    assert not ModelSignal.objects.exists()


@contextlib.contextmanager
def no_file_larger_than(n_bytes):
    """What a full disk does to this process's writes, by the kernel (EFBIG)."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_scratch_disk_is_named_and_the_next_rescoring_scores_all(campaign, settings):
    media = settings.MEDIA_ROOT.stat().st_dev
    folders = [Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/var/tmp")]
    others = [each for each in folders if each.is_dir() and each.stat().st_dev != media]
    if not others:
        pytest.skip("no second file system to copy checkpoints to")
    rescoring._loaded.cache_clear()
    with tempfile.TemporaryDirectory(dir=others[0]) as work:
        settings.WORK_ROOT = Path(work)
        with no_file_larger_than(10_000):
            ended = run_one("gpu", job_id=queued().pk)
        assert ended.state == "failed"
        assert f"The disk of the worker is full: {work}" in ended.error
        assert not Reward.objects.exists()
        runs.start_rescoring(campaign=campaign.public_id, actor=None)
        assert run_one("gpu", job_id=queued().pk).result["scored"] == EDITS + FOLD_EDITS


def test_rewards_of_some_sources_are_those_of_all_that_have_them(campaign):
    run_one("gpu", job_id=queued().pk)
    run = RewardModel.objects.first().run
    every = out_of_fold_rewards(run)
    sources = {source for source, _, _ in every}
    some = set(sorted(sources)[::3])
    assert 0 < len(some) < len(sources)
    expected = {key: reward.pk for key, reward in every.items() if key[0] in some}
    assert {key: reward.pk for key, reward in out_of_fold_rewards(run, some).items()} == expected
