"""Machines that run out: of disk, of memory. Said as such, and met with less where less helps."""

import errno
import gc
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from jobs.errors import JobError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "File too large")
_MEMORY_WORDS = ("can't allocate memory", "not enough memory", "DefaultCPUAllocator")


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
        for each in _chain(error)
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or what it came from, is a GPU or machine without memory."""
    return any(
        isinstance(each, MemoryError | torch.OutOfMemoryError)
        or (isinstance(each, RuntimeError) and any(w in str(each) for w in _MEMORY_WORDS))
        for each in _chain(error)
    )


def halved(items: int) -> int | None:
    """Return half as many items at a time, None where one was too many."""
    return None if items <= 1 else items // 2


def let_go() -> None:
    """Give memory back before a smaller try."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _standing(folder: Path) -> Path:
    return folder if folder.exists() else _standing(folder.parent)
