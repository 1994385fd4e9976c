"""What the launcher does before it serves: programs that run to their end, some side by side."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded.server import end_with_parent
from demo.children import PROJECT
from demo.plan import PART
from demo.terminal import Refusal, say


@dataclass
class Step:
    """A management command that has been started."""

    title: str
    command: Sequence[str]
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        say(f"{self.title} ...")
        self.process = _spawn("manage.py", *self.command)

    def finish(self) -> None:
        """Wait for its end. Raises Refusal when it fails."""
        code = self.process.wait()
        if code != 0:
            raise Refusal(f"`manage.py {self.command[0]}` ended with {code}; nothing is served.")
        say(f"  {self.title}: done in {time.monotonic() - self.began:.1f} s")


@contextmanager
def started(title: str, *command: str) -> Iterator[Step]:
    """Start a management command; terminate it if it still runs at the end."""
    step = Step(title, command)
    try:
        yield step
    finally:
        _end(step.process)


def run(title: str, *command: str) -> None:
    """Run a management command to its end; its output shows the progress. Raises Refusal."""
    with started(title, *command) as step:
        step.finish()


@contextmanager
def drawing(home: Path, n_items: int | None) -> Iterator[None]:
    """Draw the first part of the built-in set meanwhile; whoever needs it waits for it."""
    process = _spawn("-m", "demo.drawing", str(home), str(min(PART, n_items or PART)))
    try:
        yield
    finally:
        _end(process)


def _spawn(*command: str) -> subprocess.Popen[bytes]:
    launcher = os.getpid()
    # In a session of its own: Ctrl-C in the terminal reaches only the launcher.
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=PROJECT,
        start_new_session=True,
        preexec_fn=lambda: end_with_parent(launcher, signal.SIGTERM),  # noqa: PLW1509  one thread
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    process.wait()
