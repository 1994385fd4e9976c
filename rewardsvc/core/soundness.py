"""Say when a model cannot tell edits apart: zero adapters, zero heads, or a constant reward.

It is checked when a model is loaded, when it scores its first batch, and before the first step of
a training.
"""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# Rewards closer than this are equal: far below the noise of float32.
_SAME = 1e-9
_HEADS = ("heads.", "answer.")


def notes_on(model: Any, *, is_new: bool = False) -> list[str]:
    """Return what a model's weights say against it; each note is also logged.

    is_new: it was not trained yet, so that adapters of zero are as they should be.
    """
    matrices = [(n, v) for n, v in model.named_parameters() if v.ndim > 1 and ".bias" not in n]
    notes = []
    adapters = [value for name, value in matrices if ".lora_B." in name]
    if adapters and not is_new and not any(bool(value.any()) for value in adapters):
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


def notes_at_first_batch(
    model: Any, batch: Any, edits: Sequence[str], *, is_new: bool
) -> list[str]:
    """Return why a training may learn nothing, from its weights and its first batch, also logged.

    edits: the name of each edit of the batch. No random number is drawn.
    """
    training = model.training
    model.eval()
    with torch.inference_mode():
        mu, _ = model(batch)  # (N, D)
    model.train(training)
    rewards = mu.double().cpu().numpy()
    return [*notes_on(model, is_new=is_new), *note_on_rewards(rewards, edits)]


def logged(notes: list[str]) -> list[str]:
    """Log the notes and return them."""
    for note in notes:
        logger.warning("the reward model: %s", note)
    return notes
