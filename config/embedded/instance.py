"""Use the bundled services of one home folder: join the running ones or start them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from config.embedded.errors import EmbeddedError
from config.embedded.layout import Layout, Services
from config.embedded.locks import is_held, locked, share, try_exclusive
from config.embedded.room import EXISTING, NEW, refuse_full_disk
from config.embedded.server import tail
from config.redis_reach import redis_answers

__all__ = ["Services", "running"]

PROJECT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 60.0
#: Seconds; longer than a launcher needs to restart a crashed server, or to give up.
JOIN_SECONDS = 90.0


@contextmanager
def running(home: Path) -> Iterator[Services]:
    """Yield the addresses of the home's PostgreSQL and Redis, which run at least until the end.

    Servers that already run for this home are shared; the last user stops them.
    Raises EmbeddedError when they cannot be started.
    """
    layout = Layout(home.expanduser().resolve())
    try:
        layout.make()
        users = layout.users_lock.open("a+")
    except OSError as refusal:
        raise EmbeddedError(
            f"{layout.home} cannot be used: {refusal}. Set EDITJURY_HOME to a folder of your own."
        ) from None
    with users:
        with locked(layout.start_lock):
            share(users)
            ensure(layout)
        try:
            yield layout.read_services()
        finally:
            leave(layout, users)


def keep_running(home: Path) -> None:
    """Restart the launcher if it was killed; to be called regularly inside `running`.

    The addresses stay the same.
    """
    layout = Layout(home.expanduser().resolve())
    if not is_held(layout.keeper_lock):
        with locked(layout.start_lock):
            ensure(layout)


def ensure(layout: Layout) -> None:
    """Start the launcher unless one is running; the caller holds the start lock."""
    deadline = time.monotonic() + JOIN_SECONDS
    while is_held(layout.keeper_lock):
        # The lock alone is no proof: a launcher that is giving up or was killed holds it until it
        # ends.
        if answers(layout):
            return
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The servers of {layout.home} do not answer; see {layout.logs}.")
        time.sleep(0.02)
    refuse_full_disk(layout.home, EXISTING if layout.data.exists() else NEW)
    log_path = layout.logs / "keeper.log"
    with log_path.open("ab") as log:
        output = subprocess.run(
            [sys.executable, "-m", "config.embedded.keeper", str(layout.home)],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        ).stdout
    if not output:
        raise EmbeddedError(f"The launcher ended without a message ({log_path}):\n{tail(log_path)}")
    if refusal := json.loads(output).get("error"):
        raise EmbeddedError(refusal)


def answers(layout: Layout) -> bool:
    """Whether both servers take a connection now."""
    try:
        services = layout.read_services()
        psycopg.connect(services.database_url, connect_timeout=5).close()
        return redis_answers(services.redis_url)
    except (OSError, psycopg.OperationalError):
        return False


def leave(layout: Layout, users: IO[str]) -> None:
    """Release the use; the last user waits until both servers have stopped."""
    if not try_exclusive(users) or not is_held(layout.keeper_lock):
        return
    os.kill(layout.read_services().keeper, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_held(layout.keeper_lock):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The servers of {layout.home} did not stop; see {layout.logs}.")
        time.sleep(0.02)
