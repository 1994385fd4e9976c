"""The settings of the compact backbone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardsvc.core.checks import check_kind, check_share, check_whole
from rewardsvc.core.compact.config import MIN_IMAGE_SIZE, CompactConfig
from rewardsvc.core.errors import TrainingError


@dataclass(frozen=True)
class CompactSettings:
    """How a compact reward model is built; see `CompactConfig`."""

    image_size: int = 128
    dropout: float = 0.4
    members: int = 3
    convolutions: bool = False

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}

    def __post_init__(self) -> None:
        check_whole(self, "members", "image_size")
        check_share(self, "dropout")
        check_kind(self, bool, "true or false", "convolutions")
        # The convolutions halve the size four times; the measurements use a grid of 64 tiles.
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
            # dropout=0 turns off all dropout.
            measurement_dropout=min(CompactConfig.measurement_dropout, self.dropout),
            widths=CompactConfig.widths if self.convolutions else (),
        )
