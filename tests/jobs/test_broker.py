"""Asking for a job while the broker is away."""

import logging
import socket
import threading
import time

import pytest
from celery import Celery

from config.celery import app
from jobs import services
from jobs.models import Job
from jobs.tasks import run_queued

pytestmark = pytest.mark.django_db(transaction=True)

# One try waits 0.3 s to connect and 0.3 s for an answer, and a busy machine adds to it. Without
# these limits the caller would wait for the silent server without end.
SOON_SECONDS = 5


@pytest.fixture
def use_broker():
    """Return what makes an address the broker's; the real one is back after the test."""

    def use(url):
        Celery("elsewhere", broker=url).set_current()

    yield use
    app.set_current()


@pytest.fixture
def silent_server():
    """Return a server that takes connections and never answers, and the list of them."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = []

        def take():
            try:
                while True:
                    taken.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=take)
        thread.start()
        yield server.getsockname()[1], taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in taken:
            connection.close()


def a_free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def enqueue_in_time():
    start = time.monotonic()
    job = services.enqueue("test.count", payload={"total": 1})
    assert time.monotonic() - start < SOON_SECONDS
    return job


@pytest.mark.parametrize("scheme", ["socket", "tcp"])
def test_a_job_is_stored_at_once_though_nothing_listens(use_broker, scheme, caplog):
    dead = f"redis://127.0.0.1:{a_free_port()}/0"
    use_broker(dead if scheme == "tcp" else "redis+socket:///nowhere/redis.sock")
    with caplog.at_level(logging.WARNING, logger="jobs.broker"):
        job = enqueue_in_time()
    assert Job.objects.get() == job
    assert "waits for the next sweep" in caplog.text


def test_a_broker_that_never_answers_is_asked_once_and_not_waited_for(use_broker, silent_server):
    port, taken = silent_server
    use_broker(f"redis://127.0.0.1:{port}/0")
    job = enqueue_in_time()
    assert Job.objects.get() == job
    assert len(taken) == 1


def test_a_job_nobody_was_woken_for_is_run_after_the_sweep(use_broker):
    use_broker(f"redis://127.0.0.1:{a_free_port()}/0")
    job = enqueue_in_time()
    app.set_current()
    with app.connection_for_read() as connection:
        connection.default_channel.queue_purge("default")
        services.sweep()
        queue = connection.SimpleQueue("default")
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    [queues, _, _] = message.payload
    run_queued(*queues)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
