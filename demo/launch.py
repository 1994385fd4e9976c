"""Run all of EditJury on this machine: `make demo`, or `python -m demo.launch`."""

import argparse
import fcntl
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from config import env
from config.commands import manage_py
from config.embedded import EmbeddedError
from config.embedded.environment import bundled_environment, servers_are_given
from config.embedded.instance import keep_running
from config.embedded.room import refuse_full_disk
from demo.checks import answers, why_not_bound
from demo.children import PROJECT, Child, programs, start, stop
from demo.steps import drawing, run, started
from demo.terminal import Refusal, Stopped, say

READY_SECONDS = 60.0
#: A process that ends this often within the window is not started again.
RESTARTS, RESTART_WINDOW = 5, 60.0
PATIENCE_SECONDS = 8.0
CHOICES = ("yes", "no")
#: A new home with the built-in campaign; 300 MB were measured.
DEMO_BYTES = 400_000_000


def main() -> int:
    """Start everything, watch it, stop everything."""
    arguments = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop_asked)
    # The shell of someone who works on another Django project names the settings of that.
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    try:
        with ExitStack() as stack:
            home = env.home()
            lock = stack.enter_context(_home_lock(home))
            listening = stack.enter_context(_bound(arguments.port))
            lock.write(f"process {os.getpid()}, {_url(arguments)}")
            lock.flush()
            if not (home / "postgres").exists():
                refuse_full_disk(home, DEMO_BYTES)
            if arguments.data is None:
                stack.enter_context(drawing(home, arguments.items))
            bundled = not servers_are_given()
            if bundled:
                say(f"Starting PostgreSQL and Redis on {home} ...")
                stack.enter_context(bundled_environment(home))
            else:
                say("Using the PostgreSQL and Redis that DATABASE_URL and REDIS_URL name.")
            _serve(arguments, listening, home, bundled=bundled)
    except Stopped:
        say(f"Stopped. Nothing of EditJury runs any more; the data stays in {env.home()}.")
        return 0
    except (Refusal, EmbeddedError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="on 127.0.0.1 (default: 8000)")
    parser.add_argument("--data", type=Path, help="a folder of your own images with a manifest")
    parser.add_argument("--items", type=int, help="pictures of the built-in campaign")
    parser.add_argument("--judgments", type=int, help="simulated in the built-in campaign")
    parser.add_argument(
        "--votes", choices=CHOICES, default="yes", help="whether simulated experts judge"
    )
    parser.add_argument(
        "--superuser", choices=CHOICES, default="no", help="whether there is an account `admin`"
    )
    arguments = parser.parse_args()
    if not 0 < arguments.port < 65536:  # noqa: PLR2004  the range of TCP ports
        parser.error(f"PORT must be between 1 and 65535, not {arguments.port}.")
    if arguments.data is not None and not arguments.data.exists():
        parser.error(f"DATA={arguments.data} does not exist.")
    return arguments


def _stop_asked(number: int, _frame: FrameType | None) -> None:
    # From here on a second signal must not interrupt the stopping.
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    say(f"\n{signal.Signals(number).name}: stopping ...")
    raise Stopped


@contextmanager
def _home_lock(home: Path) -> Iterator[IO[str]]:
    """Hold the home's lock, which the kernel releases when this process ends or is killed."""
    path = home / "run" / "demo.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+")
    except OSError as refusal:
        raise Refusal(
            f"{home} cannot be used: {refusal}. Set EDITJURY_HOME to a folder of your own."
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise Refusal(
                f"The demo of {home} already runs ({handle.read()}). "
                "For a second one set EDITJURY_HOME to another folder."
            ) from None
        handle.truncate(0)
        yield handle


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    """Bind the port; the web server inherits the socket."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen()
        except OSError as refusal:
            raise Refusal(why_not_bound(port, refusal)) from None
        yield listening


def _update() -> None:
    """Bring tables and static files up to date."""
    quiet = ("--noinput", "-v", "0")
    with started("Collecting styles and scripts", "collectstatic", *quiet) as static:
        run("Bringing the database's tables up to date", "migrate", *quiet)
        static.finish()


def _begin_campaign(arguments: argparse.Namespace) -> None:
    data: Path | None = arguments.data
    options = ["--by-worker"]
    options += ["--no-votes"] if arguments.votes == "no" else []
    options += ["--superuser"] if arguments.superuser == "yes" else []
    options += ["--data", str(data.resolve())] if data else []
    for name in ("items", "judgments"):
        if (number := getattr(arguments, name)) is not None:
            options += [f"--{name}", str(number)]
    what = "your own images" if data else "the built-in campaign"
    run(f"Preparing {what}", "create_demo", *options)


def _serve(
    arguments: argparse.Namespace, listening: socket.socket, home: Path, *, bundled: bool
) -> None:
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    url = _url(arguments)
    children: list[Child] = []
    try:
        _update()
        web, *others = programs(listening.fileno(), logs)
        # It loads on one core while the campaign is begun on another.
        say("Starting the web server ...")
        children.append(start(web))
        _begin_campaign(arguments)
        # The workers would share the cores with it while somebody waits for the first page.
        _await_answer(url, children[0])
        say("Starting workers and beat ...")
        children += [start(program) for program in others]
        say(f"\nEditJury is at {url}\nSign in with an account listed above. Logs: {logs}")
        say(f"Commands, in another terminal: {_manage(home)} help")
        say("Ctrl-C stops everything.")
        while True:
            time.sleep(0.5)
            _restart(children)
            if bundled:
                keep_running(home)
    finally:
        stop(children, patience=PATIENCE_SECONDS)


def _url(arguments: argparse.Namespace) -> str:
    return f"http://127.0.0.1:{arguments.port}/"


def _manage(home: Path) -> str:
    """Return how a shell runs management commands on this demo from the project's folder."""
    variable = "" if home == PROJECT / "var" else f"EDITJURY_HOME={shlex.quote(str(home))} "
    return f"{variable}{manage_py()}"


def _await_answer(url: str, web: Child) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and web.process.poll() is None:
        if answers(url):
            return
        time.sleep(0.1)
    raise Refusal(f"The web server did not answer; see {web.program.log}.")


def _restart(children: list[Child]) -> None:
    """Restart a process that ended; raise Refusal when it ends too often."""
    for index, child in enumerate(children):
        if child.process.poll() is None:
            continue
        name, code, now = child.program.name, child.process.returncode, time.monotonic()
        recent = [moment for moment in child.exits if now - moment < RESTART_WINDOW]
        if len(recent) >= RESTARTS:
            raise Refusal(f"The {name} keeps ending; see {child.program.log}. Giving up.")
        say(f"The {name} ended ({code}); starting it again.")
        children[index] = start(child.program)
        children[index].exits.extend([*recent, now])


if __name__ == "__main__":
    sys.exit(main())
