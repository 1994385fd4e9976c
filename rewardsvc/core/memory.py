"""A GPU or machine without enough memory: how it shows, and how to go on with less at a time."""

import gc
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

T = TypeVar("T")

_WORDS = ("can't allocate memory", "not enough memory", "DefaultCPUAllocator")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or what it came from, is a GPU or machine without memory."""
    return any(
        isinstance(each, MemoryError | torch.OutOfMemoryError)
        or (isinstance(each, RuntimeError) and any(w in str(each) for w in _WORDS))
        for each in chain(error)
    )


def halved(items: int) -> int | None:
    """Return half as many items at a time, None where one was too many."""
    return None if items <= 1 else items // 2


def release() -> None:
    """Give memory back before a smaller try."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def with_fewer(
    items: int, work: Callable[[int], T], shrunk: Callable[[int, int | None, Exception], None]
) -> T:
    """Return work(items), tried again with half as many items while memory runs out.

    shrunk: called before each smaller try with the items that were too many, those to go on with
    (None where one was too many) and the error; where it returns for None, the error is raised.
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
        # Outside the handler: its traceback keeps the failed try's tensors.
        release()


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it came from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
