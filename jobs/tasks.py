"""Celery's side of the job table."""

from celery import shared_task

from jobs import runner, services
from jobs.broker import RUN_QUEUED, wake


@shared_task(ignore_result=True, name=RUN_QUEUED)
def run_queued(queue: str) -> None:
    """Run one queued job, then pass the word on while more wait. Safe to run twice.

    One job per task: the GPU worker replaces its process after each task, so that memory held by
    a training run is given back.
    """
    if runner.run_one(queue) is not None:
        wake(queue)


@shared_task(ignore_result=True, name="jobs.sweep")
def sweep() -> None:
    """Re-queue what dead workers left and wake idle queues."""
    services.sweep()
