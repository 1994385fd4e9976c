"""Disks that run full, said as such."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import JobError
from rewardsvc.core.memory import chain

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large")


@contextmanager
def named(folder: Path) -> Iterator[None]:
    """Turn a full disk into a JobError that names the folder and what is free there."""
    try:
        yield
    except Exception as error:
        if isinstance(error, JobError) or not is_disk_full(error):
            raise
        free = shutil.disk_usage(_standing(folder)).free // 2**20
        raise JobError(
            f"The disk of the worker is full: {folder} lies where {free} MB are free. "
            "What was finished is kept; make room and try the run again."
        ) from error


def is_disk_full(error: BaseException) -> bool:
    """Whether an error, or what it came from, is a disk or quota without room."""
    return any(
        (isinstance(each, OSError) and each.errno in _FULL)
        or any(words in str(each) for words in _FULL_WORDS)
        for each in chain(error)
    )


def _standing(folder: Path) -> Path:
    return folder if folder.exists() else _standing(folder.parent)
