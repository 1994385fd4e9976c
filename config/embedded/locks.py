"""Advisory file locks: the kernel releases them when the holder ends or is killed."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def locked(path: Path) -> Iterator[IO[str]]:
    """Hold the file's exclusive lock, waiting for it."""
    with path.open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle


def try_exclusive(handle: IO[str], *, patience: float = 0.0) -> bool:
    """Take the exclusive lock if nobody else holds a lock; an own shared lock is released.

    patience: seconds to keep trying, since others hold the lock briefly to test it.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def share(handle: IO[str]) -> None:
    """Take a shared lock, waiting for an exclusive holder."""
    fcntl.flock(handle, fcntl.LOCK_SH)


def is_held(path: Path) -> bool:
    """Whether some process holds the file's exclusive lock."""
    if not path.exists():
        return False
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
