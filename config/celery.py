"""The Celery application. Messages only wake workers; jobs are rows of a table.

Queues: `default` and `gpu` for work, `sweeps` for short tasks that must never wait behind work.
"""

import logging
import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("editjury")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def configure_logging(loglevel: int | str | None = None, **_: Any) -> None:
    """Log as the web server does, instead of Celery's own format, down to `--loglevel`."""
    dictConfig(settings.LOGGING)
    logging.getLogger().setLevel(loglevel or logging.WARNING)


setup_logging.connect(configure_logging)
