"""Several processes on one training: each computes a share of every step, gradients add up.

Started by `torchrun` (`python -m torch.distributed.run`), which says in the environment who is who.
Without it there is one process and nothing here does anything. Every process holds the whole model.
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
    """Join the other processes of this run, if torchrun started any."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or _on():  # noqa: PLR2004
        yield
        return
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def own(parts: Sequence[T]) -> Sequence[T]:
    """Return the parts of a step that are this process's to compute."""
    return parts[rank() :: world()]


def parts_of(items: int) -> int:
    """Return how many items a part holds, so that every process has one."""
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
    """Let every process come here before any goes on."""
    if _on():
        distributed.barrier()
