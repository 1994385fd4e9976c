"""The real web server and real workers as processes of their own, on the test's database."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

PROJECT = Path(__file__).resolve().parent.parent
#: Only a process that does not start is waited for so long, however busy the machine is.
READY_SECONDS = 180


@dataclass(frozen=True)
class LiveSite:
    url: str
    #: The gunicorn master.
    pid: int
    media_root: Path
    log: Path


def process_environment(media_root):
    """Return the environment in which a process meets the database of this test session."""
    from django.db import connection

    target = connection.settings_dict
    secret = f":{quote(target['PASSWORD'], safe='')}" if target["PASSWORD"] else ""
    port = f":{target['PORT']}" if target["PORT"] else ""
    host = quote(target["HOST"], safe="")
    return os.environ | {
        "DATABASE_URL": f"postgres://{target['USER']}{secret}@{host}{port}/{target['NAME']}",
        "MEDIA_ROOT": str(media_root),
        "STATIC_ROOT": str(Path(os.environ["EDITJURY_HOME"]) / "static"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONFAULTHANDLER": "1",
        # A storm of tests calls faster than people.
        "CALLS_PER_MINUTE": "1000000",
    }


def collect_static(environment):
    """Collect the static files once per session; parallel test processes wait for the first.

    They appear all at once: collecting deletes files that it made, and another process that lists
    the folder meanwhile would miss them.
    """
    home = Path(environment["EDITJURY_HOME"])
    with (home / "static.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "static" / "staticfiles.json").exists():
            unfinished = home / "static.unfinished"
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
            aside = environment | {"STATIC_ROOT": str(unfinished)}
            subprocess.run(command, cwd=PROJECT, env=aside, check=True)
            unfinished.rename(home / "static")  # the folder that is there is empty


def end(process, log):
    """Ask the process to stop, twice; if it goes on, fail with its threads' stacks and its log.

    A worker whose child took a task at the moment of SIGTERM waits 30 s for an acknowledgement
    that never comes (billiard, `_ensure_messages_consumed`). SIGQUIT ends it, as in the demo.
    """
    for number, seconds in ((signal.SIGTERM, 15), (signal.SIGQUIT, 45)):
        if process.poll() is None:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
    # Python's faulthandler, see process_environment, writes the stacks.
    process.send_signal(signal.SIGABRT)
    process.wait()
    pytest.fail(f"process {process.pid} did not stop:\n{log.read_text()[-20_000:]}")


@pytest.fixture(scope="session")
def gunicorn(django_db_setup, django_db_blocker, tmp_path_factory):
    """Start gunicorn on a free loopback port for the session; prefer `live_site`."""
    yield from gunicorn_on(django_db_blocker, tmp_path_factory.mktemp("live"))


def gunicorn_on(django_db_blocker, folder, *, settings="config.settings"):
    """Yield a running site with its files in `folder`."""
    media_root = folder / "media"
    media_root.mkdir()
    with django_db_blocker.unblock():
        environment = process_environment(media_root) | {"DJANGO_SETTINGS_MODULE": settings}
    collect_static(environment)
    with served(folder, media_root, environment) as site:
        yield site


@contextlib.contextmanager
def served(folder, media_root, environment, *, port=0):
    """Run gunicorn in an environment; yield the LiveSite."""
    log = folder / "gunicorn.log"
    # The socket is bound here and handed over, so that no other process can take the port.
    with socket.create_server(("127.0.0.1", port)) as bound, log.open("ab") as out:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi"]
        command += ["--config", "python:config.web_server", "--bind"]
        command += [f"fd://{bound.fileno()}", "--worker-class", "gthread", "--threads", "4"]
        command += ["--no-control-socket"]
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment,
            pass_fds=[bound.fileno()],
            stdout=out,
            stderr=out,
        )
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    try:
        await_answer(url, process, log)
        yield LiveSite(url, process.pid, media_root, log)
    finally:
        end(process, log)


def await_answer(url, process, log):
    """Wait until the server answers anything at all."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"gunicorn did not start:\n{log.read_text()}")


@pytest.fixture
def live_site(gunicorn, transactional_db, settings):
    """Return the running site; rows and media made by the test are what it serves."""
    settings.MEDIA_ROOT = gunicorn.media_root
    settings.PASSWORD_HASHERS = ["tests.hashers.OneRound"]
    yield gunicorn
    await_quiet_database()


def await_quiet_database(seconds=15):
    """Wait until the server has finished its last requests, so that emptying tables meets no locks.

    A request may still come late, from a page that was just closed. PostgreSQL ends whichever side
    of a deadlock notices it first: that is the request, never the emptying of the tables.
    """
    from django.db import connection

    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction')"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('deadlock_timeout', '10s', false)"
            " WHERE current_setting('is_superuser') = 'on'"
        )
    deadline, quiet = time.monotonic() + seconds, 0
    while quiet < 3 and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(busy)
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.03)


@pytest.fixture
def start_worker(transactional_db, settings, tmp_path):
    """Return start_worker(queue), which starts a real Celery worker on that queue.

    The worker sees this test's committed rows and its settings.MEDIA_ROOT as it is at the start;
    the process is ended after the test.
    """
    started = []

    def start(queue):
        log = tmp_path / f"worker-{queue}-{len(started)}.log"
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", queue]
        command += ["--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"]
        command += ["--without-gossip", "--without-mingle", "-n", f"{queue}{len(started)}@%h"]
        command += ["--max-tasks-per-child", "1"] if queue == "gpu" else []
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=process_environment(settings.MEDIA_ROOT),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process.log = log
        started.append(process)
        deadline = time.monotonic() + READY_SECONDS
        while b" ready." not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the worker did not start:\n{log.read_text()}")
            time.sleep(0.05)
        return process

    yield start
    for process in started:
        try:
            end(process, process.log)
        finally:
            end_group(process.pid)


def end_group(leader):
    """Kill what a worker left behind: a child in the middle of a task holds the database open."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
