"""One child server: it ends with its launcher, and is stopped by stronger and stronger signals."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded.account import Account

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Launch:
    """What to run; cwd is entered as the launcher, before the account is changed."""

    command: Sequence[str]
    cwd: Path
    log: Path
    #: Signal that stops the server; the kernel sends it too when the launcher dies.
    stop_signal: signal.Signals


def spawn(launch: Launch, account: Account) -> subprocess.Popen[bytes]:
    """Start the server under the account with a clean environment and its own log."""
    launcher = os.getpid()

    def prepare() -> None:
        os.setsid()
        account.drop_privileges()
        # After the change of account, since that clears the setting.
        end_with_parent(launcher, launch.stop_signal)

    if launch.log.exists() and launch.log.stat().st_size > LOG_LIMIT:
        launch.log.replace(launch.log.with_suffix(".old.log"))
    with launch.log.open("ab") as log:
        return subprocess.Popen(
            launch.command,
            cwd=launch.cwd,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=prepare,  # noqa: PLW1509  the launcher has a single thread
        )


def end_with_parent(launcher: int, number: signal.Signals) -> None:
    """For a new child: make the kernel send the signal when the launcher ends or is killed."""
    _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != launcher:
        os._exit(1)


def clean_environment() -> Mapping[str, str]:
    """Return a minimal environment: PG* variables of the caller's shell would change the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def stop(child: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal and wait its seconds, until the child has ended."""
    for number, seconds in steps:
        if child.poll() is not None:
            return
        child.send_signal(number)
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def tail(log: Path, since: int = 0, lines: int = 8) -> str:
    """Return the last lines written after the byte offset."""
    if not log.exists():
        return ""
    return "\n".join(log.read_bytes()[since:].decode(errors="replace").splitlines()[-lines:])
