"""Checkpoints in the media storage, and verified copies of them on this machine."""

import hashlib
import json
from pathlib import Path

from annotation.common.storage import copy_out, put_file, put_once, read, remove_folder
from rewardsvc.errors import CheckpointDamaged
from rewardsvc.models import RewardModel

MANIFEST = "files.json"
_SIDECAR = "reward_model.json"
_BLOCK = 1 << 20
# The files of checkpoints that are older than the manifest.
_FILES_WITHOUT_MANIFEST = ("model.safetensors", _SIDECAR)


def store(model: RewardModel, folder: Path) -> None:
    """Put the files of a checkpoint folder into the media storage under the model's path.

    The manifest of their hashes is written last, so that an interrupted copy has none.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    hashes = {path.name: _sha256(path) for path in files}
    for path in files:
        put_file(f"{model.path}/{path.name}", path)
    put_once(f"{model.path}/{MANIFEST}", json.dumps(hashes, indent=1).encode())


def discard(path: str) -> None:
    """Remove the checkpoints under a path of the media storage, including incomplete ones."""
    remove_folder(path)


def fetch(model: RewardModel, folder: Path) -> Path:
    """Return a local folder with the model's checkpoint, every file verified.

    Raises CheckpointDamaged naming a file that is missing or altered.
    """
    hashes = _manifest(model)
    for name, expected in hashes.items():
        target = folder / name
        try:
            copy_out(f"{model.path}/{name}", target)
        except FileNotFoundError as error:
            raise CheckpointDamaged(f"{model.path}/{name} is gone from the storage") from error
        if expected and (found := _sha256(target)) != expected:
            target.unlink()
            raise CheckpointDamaged(f"{model.path}/{name} hashes to {found}, not {expected}")
    return folder


def _manifest(model: RewardModel) -> dict[str, str]:
    try:
        hashes: dict[str, str] = json.loads(read(f"{model.path}/{MANIFEST}"))
    except FileNotFoundError:
        return dict.fromkeys(_FILES_WITHOUT_MANIFEST, "")
    except ValueError as error:
        raise CheckpointDamaged(f"{model.path}/{MANIFEST} is not JSON") from error
    return hashes


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
