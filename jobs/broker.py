"""Wake-ups through Celery: the only thing that ever travels over the broker."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

RUN_QUEUED = "jobs.run_queued"


def wake(queue: str) -> None:
    """Tell a worker to look at the table. A lost message costs time only: the sweep sends more."""
    try:
        current_app.send_task(RUN_QUEUED, args=[queue], queue=queue, retry=False)
    except OperationalError:
        logger.warning("broker unreachable; queue %s waits for the next sweep", queue)
