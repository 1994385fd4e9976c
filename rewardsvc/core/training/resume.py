"""The state of an unfinished training, replaced atomically after every epoch."""

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from rewardsvc.core.errors import CheckpointError

_NAME = "training_state.pt"


def save(folder: Path, fingerprint: str, state: dict[str, Any]) -> None:
    """Replace the state atomically: after a crash the file holds the old or the new state."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{_NAME}.{os.getpid()}.partial"
    with partial.open("wb") as file:
        torch.save({"fingerprint": fingerprint, **state}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / _NAME)


def load(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """Return the saved state, None where there is none.

    Raises CheckpointError when it is unreadable or was saved by a run on other data or settings.
    """
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if state.get("fingerprint") != fingerprint:
        raise CheckpointError(f"{path} belongs to a run with other data, sources or settings")
    return state


def discard(folder: Path) -> None:
    """Remove the state of a finished run."""
    for path in folder.glob(f"{_NAME}*"):
        path.unlink(missing_ok=True)
