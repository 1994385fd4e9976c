"""A whole installation of its own, whose servers a test may kill: database, Redis, web, workers."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

from config.embedded import running
from config.embedded.layout import Layout
from tests.live import READY_SECONDS

PROJECT = Path(__file__).resolve().parent.parent.parent
CELERY = [sys.executable, "-m", "celery", "-A", "config"]


def children_of(pid):
    """Return the process ids of a process's own children; none when it is gone."""
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


class House:
    """The processes of one installation. url: where the web server answers."""

    def __init__(self, home, services):
        self.home, self.keeper = home, services.keeper
        self.environment = os.environ | {
            "EDITJURY_HOME": str(home),
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
            "MEDIA_ROOT": str(home / "media"),
            "WORK_ROOT": str(home / "work"),
            "STATIC_ROOT": str(home / "static"),
            "SECRET_KEY": "faults",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        self.web = self.hand = self.beat = None
        self.workers = []
        self.hand_lock = threading.Lock()

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
        """Run `tests.faults.inside.<function>` in one long-lived process of this installation.

        It waits while the database is away; any other failure is an AssertionError with its text.
        """
        with self.hand_lock:
            if self.hand is None:
                self.hand = self._spawn(
                    [sys.executable, "-m", "tests.faults.inside"],
                    "inside",
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            self.hand.stdin.write(json.dumps([function, arguments]) + "\n")
            self.hand.stdin.flush()
            said = self.hand.stdout.readline()
        assert said, (self.home / "inside.log").read_text()
        answer = json.loads(said)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def _spawn(self, command, name, **how):
        """Start a process of this installation in a group of its own; it writes to NAME.log."""
        with (self.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self.environment,
                start_new_session=True,
                **{"stdout": log, "stderr": log} | how,
            )

    def start_web(self):
        """Start gunicorn with two workers and wait until it answers."""
        with socket.create_server(("127.0.0.1", 0), backlog=256) as bound:
            self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
            command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--workers", "2"]
            command += ["--config", "python:config.web_server"]
            command += ["--bind", f"fd://{bound.fileno()}", "--worker-class", "gthread"]
            # gunicorn closes a connection that is idle for 2 s; tests keep one over an outage.
            command += ["--threads", "4", "--keep-alive", "120", "--no-control-socket"]
            self.web = self._spawn(command, "gunicorn", pass_fds=[bound.fileno()])
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.health().get("database") == "ok":
                return
            time.sleep(0.05)
        raise AssertionError((self.home / "gunicorn.log").read_text())

    def health(self):
        """Return what /healthz says now, {} when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return {"status": error.code}
        except OSError:
            return {}

    def start_workers(self, n_workers=2):
        """Start Celery workers for work and sweeps, and beat, which no test kills."""
        self.beat = self._spawn([*CELERY, "beat", "-s", str(self.home / "beat")], "beat")
        self.workers = [self._worker(number) for number in range(n_workers)]

    def _worker(self, number):
        command = [*CELERY, "worker", "-Q", "default,sweeps", "--pool", "prefork"]
        command += ["--concurrency", "1"]
        command += ["--without-gossip", "--without-mingle", "-n", f"faults{number}@%h"]
        return self._spawn(command, f"worker{number}")

    def kill_web_worker(self, generator):
        """SIGKILL one of gunicorn's workers; the master starts another. Whether there was one."""
        children = children_of(self.web.pid)
        return bool(children) and self._kill(generator.choice(children))

    def kill_celery_worker(self, generator):
        """SIGKILL a Celery worker, or only its child at work; what a supervisor does follows."""
        number = generator.randrange(len(self.workers))
        worker = self.workers[number]
        at_work = children_of(worker.pid)
        if at_work and generator.random() < 0.5:
            return self._kill(generator.choice(at_work))
        end_group(worker)
        self.workers[number] = self._worker(number)
        return True

    def _kill(self, pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def kill_postgres(self, how=signal.SIGKILL):
        """End PostgreSQL as a whole; its keeper starts it again. SIGINT: fast, without recovery."""
        os.kill(self.postmaster(), how)

    def postmaster(self):
        """Return the process id of PostgreSQL's first process, None while it has none."""
        try:
            return int((Layout(self.home).data / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):
            return None

    def kill_redis(self):
        """SIGKILL Redis: all that it held is gone, for it keeps nothing on disk."""
        os.kill(self.redis_server(), signal.SIGKILL)

    def redis_server(self):
        """Return the process id of Redis, None while there is none."""
        for child in children_of(self.keeper):
            with suppress(OSError):
                if "redis-server" in Path(f"/proc/{child}/cmdline").read_text():
                    return child
        return None

    def stop(self):
        """End every process that this house started, PostgreSQL and Redis apart."""
        if self.hand is not None:
            self.hand.stdin.close()
        for process in [self.hand, self.beat, self.web, *self.workers]:
            if process is not None:
                end_group(process, gently=process is not self.hand)


def end_group(process, *, gently=False):
    """End a process and all that it started."""
    if gently and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    if process.stdout is not None:
        process.stdout.close()


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
                built.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
