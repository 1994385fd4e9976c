"""What the settings require where others than this machine have access."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from annotation.tasks import clear_sessions
from tests.factories import make_user

PROJECT = Path(__file__).resolve().parents[2]
SHOW = """
from django.conf import settings
print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_SECURE)
"""


def shown(**environment):
    fixed = {"DATABASE_URL": "postgres:///none", "REDIS_URL": "redis://localhost"}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=PROJECT,
        env=os.environ | fixed | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_cookies_belong_to_this_host_alone_where_pages_require_https():
    assert shown(HTTPS="True", SECRET_KEY="x" * 32).stdout.split() == [
        "__Host-sessionid", "__Host-csrftoken", "True"
    ]  # fmt: skip
    assert shown(HTTPS="False", SECRET_KEY="x").stdout.split() == [
        "sessionid", "csrftoken", "False"
    ]  # fmt: skip


def test_a_short_secret_is_refused_where_others_have_access():
    refused = shown(HTTPS="True", SECRET_KEY="x" * 31)
    assert refused.returncode != 0
    assert "at least 32 characters" in refused.stderr


@pytest.mark.django_db
def test_sessions_whose_time_is_over_are_deleted_and_no_others():
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make_user())
    old, young = (client.cookies["sessionid"].value for client in clients)
    Session.objects.filter(session_key=old).update(expire_date=timezone.now())
    clear_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == [young]
