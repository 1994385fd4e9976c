"""Load a reward model for scoring: a registered one by its id, or a checkpoint by its path."""

from pathlib import Path
from typing import Any
from uuid import UUID

from rewardsvc.errors import RunRefused
from rewardsvc.selectors import find_model
from rewardsvc.services.checkpoints import fetch


def load_scorer(
    path_or_id: str,
    scratch: Path,
    *,
    base: Path | None = None,
    prompts: Path | None = None,
    reading: str | None = None,
) -> Any:
    """Return a scorer, see `rewardsvc.core.checkpoint.load_reward_model`.

    scratch: a folder for the files of a registered model; it may be removed afterwards.
    Raises RunRefused for an unknown id, CheckpointDamaged and RewardError for unusable files.
    """
    from rewardsvc.core.checkpoint import load_reward_model
    from rewardsvc.workers.device import best_device

    path: str | Path = path_or_id
    if (public_id := _uuid(path_or_id)) is not None:
        model = find_model(public_id)
        if model is None:
            raise RunRefused(f"No model has the id {public_id}.")
        path = fetch(model, scratch)
    return load_reward_model(
        path, base=base, prompts=prompts, device=best_device(), reading=reading
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
