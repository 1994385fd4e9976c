"""The Celery application: two queues, `default` and `gpu`; messages only wake workers up."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("editjury")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
