"""The settings of a training run."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rewardsvc.core.errors import TrainingError
from rewardsvc.core.model import MIN_IMAGE_SIZE, CompactConfig
from rewardsvc.core.objective import Objective


@dataclass(frozen=True)
class TrainConfig:
    """Every setting of a run; with the data and the sources it fixes the result on a CPU.

    batch_items: items per step; all their candidates are encoded once and all pairs formed.
    ema: decay of the weights' moving average, which is the model that is kept.
    """

    epochs: int = 20
    batch_items: int = 8
    lr: float = 2e-3
    weight_decay: float = 0.05
    ema: float = 0.97
    seed: int = 0
    augment: bool = True
    image_size: int = 128
    dropout: float = 0.4
    members: int = 3
    convolutions: bool = False
    objective: Objective = field(default_factory=Objective)

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_items", "members", "seed", "image_size"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < (name != "seed"):
                raise TrainingError(f"{name} is {value!r}, expected a whole number of 1 or more")
        for name in ("weight_decay", "ema", "dropout"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
                raise TrainingError(f"{name} is {value!r}, expected 0 or more and less than 1")
        if not isinstance(self.lr, int | float) or not 0 < self.lr < math.inf:
            raise TrainingError(f"lr is {self.lr!r}, expected a finite number above 0")
        # Four halvings, and measurements over a grid of 64 tiles.
        if self.image_size % 16 or self.image_size < MIN_IMAGE_SIZE:
            raise TrainingError(
                f"image_size is {self.image_size}, expected a multiple of 16, >= {MIN_IMAGE_SIZE}"
            )

    def model_config(self, dimensions: Sequence[str]) -> CompactConfig:
        return CompactConfig(
            dimensions=tuple(dimensions),
            image_size=self.image_size,
            members=self.members,
            dropout=self.dropout,
            widths=CompactConfig.widths if self.convolutions else (),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "TrainConfig":
        """Read settings; raises TrainingError naming what is unknown."""
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise TrainingError(f"unknown training setting {unknown[0]!r}")
        parts = dict(value)
        try:
            if isinstance(parts.get("objective"), dict):
                parts["objective"] = Objective(**parts["objective"])
            return cls(**parts)
        except TypeError as error:
            raise TrainingError(f"bad training settings: {error}") from error
