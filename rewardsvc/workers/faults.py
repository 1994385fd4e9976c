"""Report a full disk as such."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import JobError
from rewardsvc.core.memory import chain

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_MESSAGES = ("No space left on device", "Disk quota exceeded", "File too large")


@contextmanager
def named(folder: Path) -> Iterator[None]:
    """Turn a full-disk error into a JobError that names the folder and the free space there."""
    try:
        yield
    except Exception as error:
        if isinstance(error, JobError) or not is_disk_full(error):
            raise
        free = shutil.disk_usage(_existing_parent(folder)).free // 2**20
        raise JobError(
            f"The disk of the worker is full: {folder} lies where {free} MB are free. "
            "What was finished is kept; make room and try the run again."
        ) from error


def is_disk_full(error: BaseException) -> bool:
    """Whether an error or one of its causes is a full disk or quota."""
    return any(
        (isinstance(each, OSError) and each.errno in _FULL)
        or any(text in str(each) for text in _FULL_MESSAGES)
        for each in chain(error)
    )


def _existing_parent(folder: Path) -> Path:
    return folder if folder.exists() else _existing_parent(folder.parent)
