"""The settings of a training run."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rewardsvc.core.compact.model import MIN_IMAGE_SIZE, CompactConfig
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.objective import Objective

#: Of every count and of the seed, which a run counts up from.
MOST = 2**31 - 1


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
            least = 0 if name == "seed" else 1
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= MOST:
                raise _refusal(name, value, f"a whole number from {least} to {MOST}")
        for name in ("weight_decay", "ema", "dropout"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value < 1:
                raise _refusal(name, value, "0 or more and less than 1")
        if type(self.lr) not in (int, float) or not 0 < self.lr < math.inf:
            raise _refusal("lr", self.lr, "a finite number above 0")
        for name, kind in (("augment", bool), ("convolutions", bool), ("objective", Objective)):
            if not isinstance(value := getattr(self, name), kind):
                raise _refusal(name, value, "true or false" if kind is bool else "an object")
        # Four halvings, and measurements over a grid of 64 tiles.
        if self.image_size % 16 or self.image_size < MIN_IMAGE_SIZE:
            raise _refusal("image_size", self.image_size, f"a multiple of 16, >= {MIN_IMAGE_SIZE}")

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
    def from_json(cls, value: object) -> "TrainConfig":
        """Read settings; raises TrainingError naming what is unknown or of a wrong kind."""
        if not isinstance(value, dict):
            raise TrainingError("training settings must be a JSON object")
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


def _refusal(name: str, value: object, expected: str) -> TrainingError:
    return TrainingError(f"{name} is {value!r}, expected {expected}")
