"""Where this worker computes."""

import os

import torch


def best_device() -> str:
    """Return cuda where there is one, this process's own of several; else cpu."""
    if not torch.cuda.is_available():
        return "cpu"
    place = os.environ.get("LOCAL_RANK")
    return "cuda" if place is None else f"cuda:{place}"
