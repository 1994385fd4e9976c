"""The vision-language kind of model: its images, its network and its checkpoints."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.backbone import ImagePath, LoadModel
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.vlm.settings import FLASH, VlmSettings, require_extra, require_flash

SETTINGS = VlmSettings


def images(settings: VlmSettings, shas: Iterable[str], image_path: ImagePath) -> Any:  # noqa: ARG001 - as every kind
    """Verify every image once; they are decoded when a batch needs them."""
    from rewardsvc.core.vlm.images import PatchStore

    return PatchStore.verified(shas, image_path)


def network(
    settings: VlmSettings, data: PreferenceData, *, start: Path | None, load: LoadModel
) -> Any:
    """Make the network to train. Raises CheckpointError or TrainingError naming the misfit."""
    require_extra()
    if settings.attention == FLASH:
        require_flash()
    from rewardsvc.core.vlm.building import build, go_on

    model = build(settings, data)
    if start is not None:
        go_on(model, start, load(start))
    return model


def rebuild(given: Fields, weights: Mapping[str, Tensor], path: Path, *, base: Path | None) -> Any:
    """Return the model of a checkpoint; raises CheckpointError naming what does not fit."""
    from rewardsvc.core.vlm.building import rebuild as made_again

    return made_again(given, weights, path, base=base)
