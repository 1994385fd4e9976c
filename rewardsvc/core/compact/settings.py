"""The settings of the compact backbone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from rewardsvc.core.compact.config import MIN_IMAGE_SIZE, CompactConfig
from rewardsvc.core.compact.images import ImageCache, load_images
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.training.settings import check_kind, check_share, check_whole


@dataclass(frozen=True)
class CompactSettings:
    """How a compact reward model is made; see `CompactConfig`."""

    image_size: int = 128
    dropout: float = 0.4
    members: int = 3
    convolutions: bool = False

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        check_whole(self, "members", "image_size")
        check_share(self, "dropout")
        check_kind(self, bool, "true or false", "convolutions")
        # Four halvings, and measurements over a grid of 64 tiles.
        if self.image_size % 16 or self.image_size < MIN_IMAGE_SIZE:
            raise TrainingError(
                f"image_size is {self.image_size!r}, expected a multiple of 16, >= {MIN_IMAGE_SIZE}"
            )

    def config(self, dimensions: Iterable[str]) -> CompactConfig:
        return CompactConfig(
            dimensions=tuple(dimensions),
            image_size=self.image_size,
            members=self.members,
            dropout=self.dropout,
            # None anywhere where none is asked for.
            measurement_dropout=min(CompactConfig.measurement_dropout, self.dropout),
            widths=CompactConfig.widths if self.convolutions else (),
        )

    def images(self, shas: Iterable[str], image_path: Callable[[str], Path]) -> ImageCache:
        """Read, verify and decode every image once. Raises ImageError."""
        return load_images(sorted(set(shas)), image_path, self.image_size)

    def network(self, data: PreferenceData, *, start: Path | None = None) -> CompactRewardModel:
        """Make a network, or go on from one; raises TrainingError for another kind of start."""
        if start is None:
            return CompactRewardModel(self.config(data.dimensions))
        from rewardsvc.core import checkpoint

        model, _ = checkpoint.load(start)
        if not isinstance(model, CompactRewardModel):
            raise TrainingError(f"{start} holds a model of another backbone")
        if model.config != (wanted := self.config(data.dimensions)):
            raise TrainingError(f"{start} holds {model.config}, the run asks for {wanted}")
        model.begun = True
        return model.train()
