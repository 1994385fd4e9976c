"""Random numbers and kernels of a training, without changes of global state."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int, device: str) -> Iterator[None]:
    """Seed torch inside this context only."""
    devices = [torch.cuda.current_device()] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def deterministic(device: str) -> Iterator[None]:
    """Use deterministic kernels on a CPU, inside this context only.

    Networks are built outside it: a check on the meta device would demand CUDA kernels.
    """
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(device == "cpu")
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def mixed(seed: int, epoch: int) -> int:
    """Return a seed for one epoch of a run."""
    digest = hashlib.sha256(f"{seed}:{epoch}".encode()).digest()
    return int.from_bytes(digest[:7], "big")
