"""The long-running processes of the demo: commands, start and stop."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded.server import end_with_parent

PROJECT = Path(__file__).resolve().parent.parent
CELERY = (sys.executable, "-m", "celery", "-A", "config")
WORKER = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")


@dataclass(frozen=True)
class Program:
    """One process and its log; background processes have a lower priority than the web server."""

    name: str
    command: Sequence[str]
    log: Path
    lowered: int = 0
    inherit: Sequence[int] = ()


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    exits: deque[float] = field(default_factory=deque)


def programs(listening: int, logs: Path) -> list[Program]:
    """Return web server, the workers and beat. listening: descriptor of the bound socket."""
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{listening}"]
    web += ["--config", "python:config.web_server"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    web += ["--graceful-timeout", "5", "--no-control-socket"]
    default = [*CELERY, "worker", *WORKER, "-n", "default@%h", "-Q", "default", "-c", "2"]
    # Short tasks that must run within seconds, also while the default worker is busy.
    sweeps = [*CELERY, "worker", *WORKER, "-n", "sweeps@%h", "-Q", "sweeps", "-c", "1"]
    # One process, replaced after each task, so that the memory of a training run is freed.
    gpu = [*CELERY, "worker", *WORKER, "-n", "gpu@%h", "-Q", "gpu", "-c", "1"]
    gpu += ["--pool", "prefork", "--max-tasks-per-child", "1"]
    beat = [*CELERY, "beat", "--loglevel", "INFO", "--pidfile="]
    return [
        Program("web", web, logs / "web.log", inherit=[listening]),
        Program("default worker", default, logs / "default-worker.log"),
        Program("sweeps worker", sweeps, logs / "sweeps-worker.log"),
        Program("gpu worker", gpu, logs / "gpu-worker.log", lowered=10),
        Program("beat", beat, logs / "beat.log"),
    ]


def start(program: Program) -> Child:
    """Start it in a new session, so that Ctrl-C in the terminal reaches only the launcher."""
    launcher = os.getpid()

    def prepare() -> None:
        end_with_parent(launcher, signal.SIGTERM)
        os.nice(program.lowered)

    with program.log.open("ab") as log:
        process = subprocess.Popen(
            program.command,
            cwd=PROJECT,
            env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=program.inherit,
            preexec_fn=prepare,  # noqa: PLW1509  the launcher has a single thread
        )
    return Child(program, process)


def stop(children: Sequence[Child], *, patience: float) -> None:
    """Ask all to finish their current work; kill them after patience seconds.

    A killed job is claimed again later: its heartbeat stops, and the sweep re-queues it.
    """
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
        for child in children:
            _signal(child, number)
        deadline = time.monotonic() + patience
        while any(child.process.poll() is None for child in children):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            break
    for child in children:
        # Kill remaining children of the process.
        _signal_session(child, signal.SIGKILL)
        child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process.poll() is None:
        child.process.send_signal(number)


def _signal_session(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return
