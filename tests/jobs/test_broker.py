"""Asking for a job while the broker is away."""

import logging

import pytest
from celery import Celery

from config.celery import app
from jobs import services
from jobs.models import Job


@pytest.fixture
def no_broker():
    Celery("elsewhere", broker="redis+socket:///nowhere/redis.sock").set_current()
    yield
    app.set_current()


@pytest.mark.django_db(transaction=True)
def test_a_job_is_stored_and_the_sweep_tries_again(no_broker, caplog):
    with caplog.at_level(logging.WARNING, logger="jobs.broker"):
        job = services.enqueue("test.count", payload={"total": 1})
    assert Job.objects.get() == job
    assert "waits for the next sweep" in caplog.text
