"""Say when a model cannot tell edits apart: zero adapters, zero heads, or a constant reward."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# Rewards closer than this are equal: far below the noise of float32.
_SAME = 1e-9
_HEADS = ("heads.", "answer.")


def notes_on(model: Any) -> list[str]:
    """Return what a loaded model's weights say against it; each note is also logged."""
    matrices = [(n, v) for n, v in model.named_parameters() if v.ndim > 1 and ".bias" not in n]
    notes = []
    adapters = [value for name, value in matrices if ".lora_B." in name]
    if adapters and not any(bool(value.any()) for value in adapters):
        notes.append("all its adapters are zero: its backbone is the base model unchanged")
    heads = [(name, value) for name, value in matrices if any(part in name for part in _HEADS)]
    if zero := [name for name, value in heads if not bool(value.any())]:
        notes.append(f"the weights of its head are all zero ({zero[0]}): its reward is constant")
    return logged(notes)


def note_on_rewards(rewards: NDArray[np.float64], edits: Sequence[str]) -> list[str]:
    """Return a note, also logged, if different edits of a batch have one and the same reward.

    rewards: (n, dimensions). edits: n hashes.
    """
    n_edits = len(set(edits))
    if n_edits < 2 or np.ptp(rewards, axis=0).max() > _SAME:  # noqa: PLR2004 - one has no other
        return []
    return logged([f"its reward is the same for all {n_edits} edits of the first batch"])


def logged(notes: list[str]) -> list[str]:
    """Log the notes and return them."""
    for note in notes:
        logger.warning("the reward model: %s", note)
    return notes
