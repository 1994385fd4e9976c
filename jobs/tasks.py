"""Celery tasks of the job table."""

from celery import shared_task

from jobs import runner, services
from jobs.broker import RUN_QUEUED, wake


@shared_task(ignore_result=True, name=RUN_QUEUED)
def run_queued(queue: str) -> None:
    """Run one queued job, then wake another worker while more wait. Idempotent.

    One job per task: the GPU worker replaces its process after each task, which frees the memory of
    a training run.
    """
    if runner.run_one(queue) is not None:
        wake(queue)


@shared_task(ignore_result=True, name="jobs.sweep")
def sweep() -> None:
    """Re-queue jobs of dead workers and wake idle queues."""
    services.sweep()
