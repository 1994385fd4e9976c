"""Temporary folders for long jobs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings

from config.embedded.locks import is_held, locked

LOCK = ".lock"


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """Yield a new folder under WORK_ROOT and remove it at the end.

    Folders that killed processes left behind are removed first. A folder is in use while its lock
    is held; the kernel releases the lock when the process ends, also when it is killed.
    """
    root = Path(settings.WORK_ROOT) / "scratch"
    root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        # No other process removes the folder between its creation and its lock.
        with locked(root / LOCK):
            _remove_leftovers(root)
            folder = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=root))
            held.enter_context(locked(folder / LOCK))
        held.callback(_remove, root, folder)
        yield folder


def _remove(root: Path, folder: Path) -> None:
    with locked(root / LOCK):
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(root: Path) -> None:
    for folder in root.iterdir():
        if folder.is_dir() and not is_held(folder / LOCK):
            shutil.rmtree(folder, ignore_errors=True)
