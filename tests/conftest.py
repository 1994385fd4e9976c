"""One real PostgreSQL and Redis per session, closed sockets, and the fixtures of every room."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import garbage, sockets
from tests.chromium import browser, sign_in
from tests.emptying import delete_instead_of_truncating
from tests.live import gunicorn, live_site, start_worker
from tests.reference import reference_data
from tests.servers import take_redis_database, test_servers

__all__ = ["browser", "gunicorn", "live_site", "reference_data", "sign_in", "start_worker"]

SERVERS = pytest.StashKey[ExitStack]()
#: Files with few tests that take long: started last, one of them would run on alone at the end.
LONG = (
    "demo/test_whole_loop.py",
    "bench/test_gpu.py",
    "rewardsvc/test_champion_check.py",
    "browser/test_accessibility.py",
    "demo/test_launch.py",
    "faults/test_storm.py",
    "rewardsvc/test_rescoring.py",
    "rewardsvc/test_jobs.py",
    "browser/test_screens.py",
    "browser/test_desk.py",
    "browser/test_words.py",
)

# A busy machine is no fault of the code.
hypothesis_settings.register_profile(
    "patient",
    hypothesis_settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Before Django reads its settings: start the servers, or join those of the controller."""
    if hasattr(config, "workerinput"):
        take_redis_database(config.workerinput["workerid"])
    else:
        config.stash[SERVERS] = ExitStack()
        config.stash[SERVERS].enter_context(test_servers())
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # pytest-django sets Django up later in this phase, once settings are loaded.
    assert settings.DATABASES
    sockets.close()


def pytest_collection_modifyitems(items):
    """Begin with the long files: `make test` hands files out in this order."""
    rank = {str(Path(__file__).parent / name): at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(str(item.path), len(rank)))


def pytest_collectstart():
    garbage.rest()


def pytest_collection_finish():
    garbage.begin()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    # Parallel processes inherit the environment and must not read settings before their
    # own pytest_configure has run.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config):
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


@pytest.fixture(scope="session", autouse=True)
def plain_settings():
    """Unhashed static files and a cheap password hash, wherever no live server is involved."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Make the database; at the end, cut off what killed servers and threads left in it."""
    # Nothing reads the permissions that Django would write again after every emptied database.
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
    with django_db_blocker.unblock():
        delete_instead_of_truncating()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def media_root(settings, tmp_path):
    """Return this test's own media folder."""
    folder = tmp_path / "media"
    folder.mkdir()
    settings.MEDIA_ROOT = folder
    return folder
