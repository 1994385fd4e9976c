"""Wake workers through Celery. The broker carries nothing else."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

RUN_QUEUED = "jobs.run_queued"
# Timeout in seconds, since a web request waits for it. One try only: the next sweep sends again.
ONE_ATTEMPT = {"max_retries": 0, "socket_connect_timeout": 0.3, "socket_timeout": 0.3}


def wake(queue: str) -> None:
    """Tell a worker to read the job table; returns within the timeout, whatever the broker does.

    A lost message only delays the job: the sweep sends another.
    """
    try:
        # A separate connection: those of the pool retry, which suits a worker but not a web
        # request.
        with current_app.connection_for_write(transport_options=ONE_ATTEMPT) as connection:
            current_app.send_task(
                RUN_QUEUED, args=[queue], queue=queue, retry=False, connection=connection
            )
    except OperationalError:
        logger.warning("broker unreachable; queue %s waits for the next sweep", queue)
