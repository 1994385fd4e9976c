"""The vision-language kind of model: its images, its network and its checkpoints."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.backbone import ImagePath, LoadModel
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import RewardError, TrainingError
from rewardsvc.core.vlm.settings import FLASH, VlmSettings, require_extra, require_flash

SETTINGS = VlmSettings


def images(
    settings: VlmSettings,
    shas: Iterable[str],
    image_path: ImagePath,
    watermarks: Sequence[str] = (),
) -> Any:
    """Verify every image once; they are decoded when a batch needs them."""
    from rewardsvc.core.vlm.images import PatchStore

    return PatchStore.verified(shas, image_path, settings.reading, watermarks)


def network(
    settings: VlmSettings, data: PreferenceData, *, start: Path | None, load: LoadModel
) -> Any:
    """Build the network to train. Raises CheckpointError or TrainingError naming the misfit."""
    require_extra()
    if settings.attention == FLASH:
        require_flash()
    from rewardsvc.core.vlm.building import build, copy_weights

    model = build(settings, data)
    for triple in data.triples:
        try:
            model.layout.check(triple.instruction)
        except RewardError as error:
            raise TrainingError(f"item {triple.item}: {error}") from error
    if start is not None:
        copy_weights(model, start, load(start))
    return model


def rebuild(
    sidecar: Fields, weights: Mapping[str, Tensor], path: Path, *, base: Path | None
) -> Any:
    """Return the model of a checkpoint; raises CheckpointError naming what does not fit."""
    from rewardsvc.core.vlm import building

    return building.rebuild(sidecar, weights, path, base=base)
