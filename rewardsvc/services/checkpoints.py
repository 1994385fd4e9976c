"""Checkpoints in the media storage, and copies of them on this machine."""

from pathlib import Path

from annotation.services.storage import copy_out, put_once
from rewardsvc.models import RewardModel

FILES = ("model.safetensors", "reward_model.json")


def store(model: RewardModel, folder: Path) -> None:
    """Put a checkpoint folder into the media storage under the model's path."""
    for name in FILES:
        put_once(f"{model.path}/{name}", (folder / name).read_bytes())


def fetch(model: RewardModel, folder: Path) -> Path:
    """Return a local folder with the model's checkpoint. Raises FileNotFoundError."""
    for name in FILES:
        copy_out(f"{model.path}/{name}", folder / name)
    return folder
