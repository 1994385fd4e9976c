"""The folder of one environment: one installer at a time, and no half-made environment is kept."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from install.refusal import Refusal, say

SOURCES = ("pyproject.toml", "constraints.txt")


class Folder:
    """An environment folder with its stamps.

    The mark says that a change began and did not end: the folder may be half-made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.python = path / "bin" / "python"
        self.mark = path / ".unfinished"
        self._lock: list[int] = []

    def stamp(self, name: str) -> Path:
        return self.path / f".{name}"

    def is_current(self, name: str) -> bool:
        """Whether this part was installed after the last change of what it is made from."""
        if self.mark.exists() or not self.works() or not self.stamp(name).exists():
            return False
        installed = self.stamp(name).stat().st_mtime
        return all(Path(source).stat().st_mtime <= installed for source in SOURCES)

    def works(self) -> bool:
        """Whether its Python runs; it does not when the system's Python was replaced."""
        command = [str(self.python), "-c", ""]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, which is created if needed; another installer is waited for."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDONLY)
        except OSError as refusal:
            raise Refusal(self._not_writable(refusal)) from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"Another `make` installs into {self.path}; waiting for it ...")
                fcntl.flock(handle, fcntl.LOCK_EX)
            self._lock = [handle]
            yield
        finally:
            self._lock = []
            os.close(handle)

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Run an installer to its end; it keeps the lock if this process is killed meanwhile."""
        return (
            subprocess.run(command, env=environment, pass_fds=self._lock, check=False).returncode
            == 0
        )

    def prepare(self) -> None:
        """Delete what an interrupted installation left.

        Raises Refusal for a folder that is not writable, or that something else made.
        """
        ours = self.mark.exists() or self.stamp("run-time").exists()
        if not self.works() and not ours and any(self.path.iterdir()):
            raise Refusal(
                f"{self.path.absolute()} is no working Python environment. If nothing in it is "
                f"needed: rm -rf '{self.path}', and run the command again."
            )
        if self.mark.exists():
            say(f"The last installation into {self.path} did not end. It begins again; what was")
            say("downloaded completely is kept.")
        if self.mark.exists() or not self.works():
            with self.changing():
                self._empty()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Mark the folder as half-made, unless the work in the block ends."""
        try:
            self.mark.touch()
        except OSError as refusal:
            raise Refusal(self._not_writable(refusal)) from None
        yield
        self.mark.unlink()

    def _empty(self) -> None:
        for path in self.path.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != self.mark:
                path.unlink()

    def _not_writable(self, refusal: OSError) -> str:
        return (
            f"{self.path.absolute()} cannot be written ({refusal.strerror}): EditJury installs "
            "into the folder it was cloned to. Clone it to a folder of your own, or run "
            f"`make setup` once as the owner of {Path.cwd()}."
        )
