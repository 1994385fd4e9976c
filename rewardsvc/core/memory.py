"""Detect a GPU or machine that runs out of memory, and retry with fewer items at a time."""

import gc
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

T = TypeVar("T")

_MESSAGES = ("can't allocate memory", "not enough memory", "DefaultCPUAllocator")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error or one of its causes is a lack of GPU or main memory."""
    return any(
        isinstance(each, MemoryError | torch.OutOfMemoryError)
        or (isinstance(each, RuntimeError) and any(text in str(each) for text in _MESSAGES))
        for each in chain(error)
    )


def halved(items: int) -> int | None:
    """Return half of the number of items, None if one item was too many."""
    return None if items <= 1 else items // 2


def release() -> None:
    """Release unused memory before a retry."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def with_fewer(
    items: int, work: Callable[[int], T], shrunk: Callable[[int, int | None, Exception], None]
) -> T:
    """Return work(items), retried with half as many items while memory runs out.

    shrunk: called before each retry with the number that was too large, the next number (None if
    one item was too many) and the error. After a call with None the error is raised.
    """
    while True:
        try:
            return work(items)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            smaller = halved(items)
            shrunk(items, smaller, error)
            if smaller is None:
                raise
            items = smaller
        # Outside the handler, whose traceback keeps references to the failed call's tensors.
        release()


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, then its causes and contexts."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__
