"""The compact kind of model: its images, its network and its checkpoints."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.backbone import ImagePath, LoadModel
from rewardsvc.core.compact.config import CompactConfig
from rewardsvc.core.compact.images import ImageCache, load_images
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.core.compact.settings import CompactSettings
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import CheckpointError, TrainingError

SETTINGS = CompactSettings
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def images(
    settings: CompactSettings,
    shas: Iterable[str],
    image_path: ImagePath,
    watermarks: Sequence[str] = (),
) -> ImageCache:
    """Read, verify and decode every image once. Raises ImageError."""
    return load_images(sorted(set(shas)), image_path, settings.image_size, watermarks)


def network(
    settings: CompactSettings, data: PreferenceData, *, start: Path | None, load: LoadModel
) -> CompactRewardModel:
    """Make a network, or load one to continue; raises TrainingError where that one does not fit."""
    wanted = settings.config(data.dimensions)
    if start is None:
        return CompactRewardModel(wanted)
    model = load(start)
    if not isinstance(model, CompactRewardModel):
        raise TrainingError(f"{start} holds a model of another backbone")
    if model.config != wanted:
        raise TrainingError(f"{start} holds {model.config}, the run asks for {wanted}")
    model.is_normalized = True
    return model.train()


def rebuild(
    sidecar: Fields,
    weights: Mapping[str, torch.Tensor],
    path: Path,
    *,
    base: Path | None,  # noqa: ARG001 - other kinds have a base model
) -> CompactRewardModel:
    """Return the model of a checkpoint; raises CheckpointError naming what does not fit."""
    config = CompactConfig.from_json(sidecar.inner("model"))
    if misfit := _misfit(config, weights):
        raise CheckpointError(f"{path} does not fit its {Path(str(sidecar.where)).name}: {misfit}")
    model = CompactRewardModel(config)
    model.load_state_dict(weights)
    model.is_normalized = True
    return model


def _misfit(config: CompactConfig, weights: Mapping[str, torch.Tensor]) -> str | None:
    """Return why weights do not fit a configuration; None where they do."""
    # Build on the meta device, so that a wrong width allocates nothing.
    try:
        with torch.device("meta"):
            expected = CompactRewardModel(config).state_dict()
    except RuntimeError as error:
        return f"no model is that large: {error}"
    if lacking := sorted(expected.keys() - weights.keys()):
        return f"the tensor {lacking[0]!r} is missing"
    if unknown := sorted(weights.keys() - expected.keys()):
        return f"the tensor {unknown[0]!r} is unknown"
    for name, value in expected.items():
        if wrong := _wrong(weights[name], value):
            return f"the tensor {name!r} is {wrong}"
    return None


def _wrong(found: torch.Tensor, expected: torch.Tensor) -> str | None:
    if found.shape != expected.shape:
        return f"{tuple(found.shape)}, expected {tuple(expected.shape)}"
    if found.dtype not in _FLOATS:
        return f"of {found.dtype}"
    return None if torch.isfinite(found).all() else "not finite"
