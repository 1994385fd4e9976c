"""The launcher process of one home: it runs both servers until their last user ends.

Users hold a shared lock. When the last user ends or is killed, the servers are stopped and the
process ends. When the launcher itself is killed, the kernel stops the servers.
"""

import json
import os
import signal
import sys
import time
from collections import deque
from pathlib import Path

from config.embedded.account import Account, account_for
from config.embedded.binaries import installed, readable_by
from config.embedded.errors import EmbeddedError
from config.embedded.layout import Layout, Services
from config.embedded.locks import try_exclusive
from config.embedded.postgres import Postgres
from config.embedded.redis_server import RedisServer

POLL_SECONDS = 0.2
#: A server that ends this often within the window is not restarted.
RESTARTS, RESTART_WINDOW = 5, 60.0


class Keeper:
    """Both servers of one home."""

    def __init__(self, layout: Layout, account: Account) -> None:
        self.layout, self.account = layout, account
        self.runtime = layout.make_runtime(account)
        sockets = self.runtime / "s"
        self.postgres = Postgres(layout.data, sockets, layout.logs / "postgres.log", account)
        self.redis = RedisServer(layout.redis, sockets, layout.logs / "redis.log", account)
        self.services = Services(self.postgres.url, self.redis.url, os.getpid())
        layout.write_services(self.services, self.runtime)
        self.exits: deque[float] = deque(maxlen=RESTARTS)
        self.stopping = False

    def start(self) -> None:
        self.binaries = readable_by(self.account, installed(), self.runtime / "programs")
        self.postgres.prepare(self.binaries)
        self.postgres.start(self.binaries)
        self.redis.start(self.binaries)

    def stop(self) -> None:
        self.redis.stop()
        self.postgres.stop()
        self.layout.remove_runtime()

    def watch(self) -> None:
        """Return when asked to stop or when the last user has gone."""
        with self.layout.users_lock.open("a+") as users:
            while not self.stopping and not try_exclusive(users):
                self.restart()
                time.sleep(POLL_SECONDS)
            # The lock is held until both servers have stopped, so a new user waits for that.
            self.stop()

    def restart(self) -> None:
        """Restart a server that ended unexpectedly."""
        for server in (self.postgres, self.redis):
            if server.child is None or server.child.poll() is None:
                continue
            now = time.monotonic()
            if len(self.exits) == RESTARTS and now - self.exits[0] < RESTART_WINDOW:
                raise EmbeddedError(f"{type(server).__name__} keeps ending; see {server.log}.")
            self.exits.append(now)
            log(f"{type(server).__name__} ended with {server.child.returncode}; starting it again")
            server.start(self.binaries)


def log(line: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), line, file=sys.stderr, flush=True)  # noqa: T201


def main(home: str) -> None:
    """Run in the background for the home; print one JSON line when ready or refused."""
    layout = Layout(Path(home))
    with layout.keeper_lock.open("a+") as lock:
        if not try_exclusive(lock, patience=2.0):
            refusal = f"Another launcher is at work on {home}."
        else:
            refusal = work(layout)
    # Release the lock first, so that the caller may try again at once.
    answer({"error": refusal})


def work(layout: Layout) -> str:
    """Start, watch and stop; return why it ended, for a caller that still waits."""
    keeper = None
    try:
        keeper = Keeper(layout, account_for(layout.data))
        signal.signal(signal.SIGTERM, lambda *_: setattr(keeper, "stopping", True))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        keeper.start()
        answer({"keeper": os.getpid()})
        keeper.watch()
    except (EmbeddedError, OSError) as refusal:
        log(str(refusal))
        if keeper is not None:
            keeper.stop()
        return str(refusal)
    return "stopped"


def answer(content: dict[str, object]) -> None:
    """Write one line to the waiting caller, then close its pipe."""
    if not sys.stdout.closed:
        print(json.dumps(content), flush=True)  # noqa: T201
        os.dup2(2, 1)
        sys.stdout.close()


if __name__ == "__main__":
    # Fork twice: the caller has no child to wait for, and Ctrl-C in its terminal does not stop the
    # servers before the processes that use them.
    if os.fork():
        os._exit(0)
    os.setsid()
    main(sys.argv[1])
    # No cleanup is needed: the caller may already check whether this process has ended.
    os._exit(0)
