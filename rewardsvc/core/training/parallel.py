"""Data-parallel training: each process computes a share of every step; gradients are summed.

`torchrun` (`python -m torch.distributed.run`) starts the processes and sets their ranks in the
environment. Without it there is one process, and these functions have no effect. Every process
holds the whole model.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import distributed, nn

T = TypeVar("T")


def rank() -> int:
    return distributed.get_rank() if _on() else 0


def world() -> int:
    return distributed.get_world_size() if _on() else 1


def is_first() -> bool:
    """Whether this process writes files and reports progress."""
    return rank() == 0


def _on() -> bool:
    return distributed.is_available() and distributed.is_initialized()


@contextmanager
def group() -> Iterator[None]:
    """Join the process group of this run, if torchrun started one."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or _on():  # noqa: PLR2004
        yield
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def parts_of_rank(parts: Sequence[T]) -> Sequence[T]:
    """Return the parts of a step that this process computes."""
    return parts[rank() :: world()]


def items_per_part(items: int) -> int:
    """Return the items per part with which a step has a part for every process."""
    return -(-items // world())


def add_up(model: nn.Module, value: float) -> float:
    """Sum the gradients of all processes into each, and return the sum of their losses."""
    if world() == 1:
        return value
    device = next(model.parameters()).device
    for parameter in model.parameters():
        if parameter.requires_grad:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            distributed.all_reduce(parameter.grad)
    total = torch.tensor(value, dtype=torch.float64, device=device)
    distributed.all_reduce(total)
    return float(total)


def wait() -> None:
    """Block until every process has called this function (a barrier)."""
    if _on():
        distributed.barrier()
