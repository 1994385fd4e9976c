"""Wake-ups through Celery: the only thing that ever travels over the broker."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

RUN_QUEUED = "jobs.run_queued"
# A person's request may wait for this. One attempt, in seconds: the next sweep makes another.
ONE_ATTEMPT = {"max_retries": 0, "socket_connect_timeout": 0.3, "socket_timeout": 0.3}


def wake(queue: str) -> None:
    """Tell a worker to look at the table, in well under a second whatever the broker does.

    A lost message costs time only: the sweep sends more.
    """
    try:
        # A connection of its own, since those of the pool retry, as is right for a worker.
        with current_app.connection_for_write(transport_options=ONE_ATTEMPT) as connection:
            current_app.send_task(
                RUN_QUEUED, args=[queue], queue=queue, retry=False, connection=connection
            )
    except OperationalError:
        logger.warning("broker unreachable; queue %s waits for the next sweep", queue)
