"""Limit the memory of a worker process, so that one job cannot exhaust the machine."""

import logging
import resource
from typing import Any

from celery.signals import celeryd_after_setup, worker_process_init
from django.conf import settings

logger = logging.getLogger(__name__)

MIB = 2**20
# No limit for the gpu queue: trainings need much memory, and GPU drivers map more than they use.
UNLIMITED_QUEUE = "gpu"
_queues: set[str] = set()


def remember_queues(instance: Any, **_: Any) -> None:
    """Remember the queues of this worker before it starts its processes."""
    _queues.update(instance.app.amqp.queues.consume_from)


def limit_memory(**_: Any) -> None:
    """Limit the data of this worker process: beyond it, allocating raises MemoryError."""
    limit = int(settings.WORKER_MEMORY_MIB) * MIB
    if not limit or UNLIMITED_QUEUE in _queues:
        return
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    logger.info("memory of this process is limited to %d MiB", limit // MIB)


celeryd_after_setup.connect(remember_queues)
worker_process_init.connect(limit_memory)
