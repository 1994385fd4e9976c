"""The job table: claims, fences, sweeps."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from jobs import registry, services
from jobs.errors import Cancelled, ClaimLost
from jobs.models import Job
from jobs.runner import run_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet_broker(monkeypatch):
    """Wake-ups are what celery tests are about; here nobody listens."""
    monkeypatch.setattr(services, "wake", lambda queue: None)


def enqueue(kind="test.count", **columns):
    return services.enqueue(kind, payload={"total": 3}, **columns)


def go_stale(job):
    Job.objects.filter(pk=job.pk).update(
        heartbeat_at=Now() - timedelta(seconds=services.STALE_SECONDS + 1)
    )


def test_a_queued_job_runs_to_its_end_with_progress_and_result():
    job = enqueue()
    ran = run_one("default")
    assert ran.pk == job.pk
    assert (ran.state, ran.result) == ("done", {"counted": 3})
    assert (ran.progress_done, ran.progress_total, ran.message) == (3, 3, "counted 3")
    assert ran.finished_at >= ran.started_at


def test_nothing_queued_is_nothing_run():
    assert run_one("default") is None


def test_an_unknown_kind_is_refused_and_nothing_is_stored():
    with pytest.raises(LookupError, match=r"no job kind named 'test.nonsense'"):
        enqueue("test.nonsense")
    assert not Job.objects.exists()


def test_a_job_is_taken_from_its_own_queue_only():
    enqueue("test.gpu")
    assert run_one("default") is None
    assert run_one("gpu").state == "done"


def test_jobs_run_in_the_order_they_were_asked_for():
    first, second = enqueue(), enqueue()
    assert [run_one("default").pk, run_one("default").pk] == [first.pk, second.pk]


def test_a_refusal_is_shown_as_it_stands():
    enqueue("test.refuse")
    job = run_one("default")
    assert (job.state, job.error, job.result) == ("failed", "the file is empty", None)


def test_an_unexpected_error_fails_visibly_with_its_name():
    enqueue("test.break_down")
    job = run_one("default")
    assert (job.state, job.error) == ("failed", "Unexpected KeyError: 'colour'")


def test_a_claim_that_was_given_to_another_cannot_write_any_more():
    enqueue()
    lost = services.claim("default", "first")
    go_stale(lost)
    services.sweep()
    holder = services.claim("default", "second")
    assert holder.fence > lost.fence
    for attempt in (
        lambda: services.beat(lost),
        lambda: services.report(lost, done=9, total=9, message="late"),
        lambda: services.finish(lost, {"late": True}),
        lambda: services.fail(lost, "late"),
    ):
        with pytest.raises(ClaimLost):
            attempt()
    with pytest.raises(ClaimLost), transaction.atomic():
        services.hold(lost)
    row = Job.objects.get()
    assert (row.state, row.worker, row.result, row.progress_done) == ("running", "second", None, 0)
    services.finish(holder, {"counted": 3})
    assert Job.objects.get().state == "done"


def test_the_sweep_leaves_a_living_job_alone():
    enqueue()
    services.claim("default", "alive")
    assert services.sweep()["dead"] == 0
    assert Job.objects.get().state == "running"


def test_a_job_whose_worker_keeps_dying_fails_and_says_so():
    job = enqueue(max_attempts=2)
    for _ in range(2):
        go_stale(services.claim("default", "doomed"))
        services.sweep()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "died 2 times" in job.error
    assert services.claim("default", "next") is None


def test_cancelling_a_queued_job_ends_it_at_once():
    job = enqueue()
    services.cancel(job)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert run_one("default") is None


def test_cancelling_a_running_job_stops_it_at_its_next_checkpoint():
    job = enqueue("test.wait_until_told")

    def run():
        try:
            run_one("default")
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    while Job.objects.get().state != "running":
        pass
    services.cancel(job)
    thread.join(10)
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_cancelled_job_whose_worker_died_is_not_run_again():
    job = enqueue()
    claimed = services.claim("default", "doomed")
    services.cancel(job)
    with pytest.raises(Cancelled):
        services.beat(claimed)
    go_stale(claimed)
    services.sweep()
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_two_workers_never_claim_one_job():
    for _ in range(8):
        enqueue()
    claimed: list[int] = []
    barrier = threading.Barrier(4)

    def work():
        barrier.wait()
        try:
            while (job := services.claim("default", "w")) is not None:
                claimed.append(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(Job.objects.values_list("pk", flat=True))


def test_results_written_under_hold_vanish_with_a_lost_claim():
    enqueue()
    lost = services.claim("default", "first")
    go_stale(lost)
    services.sweep()
    with pytest.raises(ClaimLost), transaction.atomic():  # noqa: PT012  both in one transaction
        services.hold(lost)
        Job.objects.update(message="half a result")
    assert Job.objects.get().message != "half a result"


def test_the_table_refuses_a_failure_without_a_reason():
    from django.db import IntegrityError

    job = enqueue()
    with pytest.raises(IntegrityError, match="job_failure_is_explained"):
        Job.objects.filter(pk=job.pk).update(state="failed", error="")


def fail_to_tidy_up(job):
    raise ValueError("nothing to tidy")


def test_a_dead_job_whose_end_cannot_be_dealt_with_stops_no_other():
    registry.register("test.untidy", handler="x", on_end=f"{__name__}.fail_to_tidy_up")
    untidy, other = enqueue("test.untidy", max_attempts=1), enqueue()
    for job in (untidy, other):
        services.claim("default", "a worker", job_id=job.pk)
        go_stale(job)
    assert services.sweep()["dead"] == 2
    untidy.refresh_from_db()
    other.refresh_from_db()
    assert (untidy.state, other.state) == ("failed", "queued")
    assert "ValueError: nothing to tidy" in untidy.error
    assert services.sweep()["dead"] == 0
