"""A whole installation of its own, whose servers a test may kill: database, Redis, web."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from config.embedded import running
from config.embedded.layout import Layout

PROJECT = Path(__file__).resolve().parent.parent.parent


class House:
    """The processes of one installation. url: where the web server answers."""

    def __init__(self, home, services):
        self.home = home
        self.environment = os.environ | {
            "EDITJURY_HOME": str(home),
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
            "MEDIA_ROOT": str(home / "media"),
            "SECRET_KEY": "faults",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        self.web = None

    def run(self, *command):
        """Run a Python command in this installation and return what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def call(self, function, **arguments):
        """Run `tests.faults.inside.<function>` in a process of this installation."""
        return json.loads(self.run("-m", "tests.faults.inside", function, json.dumps(arguments)))

    def start_web(self):
        """Start gunicorn with two workers and wait until it answers."""
        with socket.create_server(("127.0.0.1", 0)) as bound:
            self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
            command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--workers", "2"]
            command += ["--bind", f"fd://{bound.fileno()}", "--worker-class", "gthread"]
            command += ["--threads", "4", "--no-control-socket"]
            with (self.home / "gunicorn.log").open("wb") as log:
                self.web = subprocess.Popen(
                    command,
                    cwd=PROJECT,
                    env=self.environment,
                    pass_fds=[bound.fileno()],
                    stdout=log,
                    stderr=log,
                )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.home / "gunicorn.log").read_text())

    def stop_web(self):
        if self.web is not None:
            self.web.send_signal(signal.SIGTERM)
            self.web.wait(30)

    def kill_web_worker(self, generator):
        """SIGKILL one of gunicorn's workers; the master starts another."""
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        if children:
            os.kill(int(generator.choice(children)), signal.SIGKILL)

    def kill_postgres(self):
        """SIGKILL PostgreSQL as a whole; its keeper starts it again and it recovers."""
        postmaster = Layout(self.home).data / "postmaster.pid"
        os.kill(int(postmaster.read_text().split("\n")[0]), signal.SIGKILL)


@contextmanager
def house():
    """Yield an installation that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="editjury-faults-"))
    try:
        with running(home) as services:
            built = House(home, services)
            try:
                yield built
            finally:
                built.stop_web()
    finally:
        shutil.rmtree(home, ignore_errors=True)
