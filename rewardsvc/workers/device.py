"""The device that this worker computes on."""

import os

import torch


def best_device() -> str:
    """Return the CUDA device of this process's local rank; cpu without CUDA."""
    if not torch.cuda.is_available():
        return "cpu"
    rank = os.environ.get("LOCAL_RANK")
    return "cuda" if rank is None else f"cuda:{rank}"
