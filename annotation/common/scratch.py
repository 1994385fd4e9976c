"""Folders for what a long job needs on disk while it runs, and only so long."""

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
    """Give the caller a folder of its own under WORK_ROOT, removed at the end.

    What killed processes left is removed first. A folder counts as in use while its lock is held,
    which the kernel drops when its holder ends, however it ends.
    """
    root = Path(settings.WORK_ROOT) / "scratch"
    root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        # Nobody clears up between the creation of a folder and its lock.
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
