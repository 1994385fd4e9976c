"""The settings of a training run."""

import math
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any

from rewardsvc.core.errors import TrainingError
from rewardsvc.core.training.objective import Objective

#: Of every count and of the seed, which a run counts up from.
MOST = 2**31 - 1


def refusal(name: str, value: object, expected: str) -> TrainingError:
    return TrainingError(f"{name} is {value!r}, expected {expected}")


def check_whole(settings: object, *names: str, least: int = 1) -> None:
    """Refuse what is no whole number from `least` up, by name."""
    for name in names:
        value = getattr(settings, name)
        if type(value) is not int or not least <= value <= MOST:
            raise refusal(name, value, f"a whole number from {least} to {MOST}")


def check_share(settings: object, *names: str) -> None:
    """Refuse what is no number from 0 to below 1, by name."""
    for name in names:
        value = getattr(settings, name)
        if type(value) not in (int, float) or not 0 <= value < 1:
            raise refusal(name, value, "0 or more and less than 1")


def check_positive(settings: object, *names: str) -> None:
    """Refuse what is no finite number above 0, by name."""
    for name in names:
        value = getattr(settings, name)
        if type(value) not in (int, float) or not 0 < value < math.inf:
            raise refusal(name, value, "a finite number above 0")


def check_kind(settings: object, kind: type, expected: str, *names: str) -> None:
    for name in names:
        if not isinstance(value := getattr(settings, name), kind):
            raise refusal(name, value, expected)


def _compact() -> Any:
    from rewardsvc.core.compact.settings import CompactSettings

    return CompactSettings()


@dataclass(frozen=True)
class TrainConfig:
    """Every setting of a run; with the data and the sources it fixes the result on a CPU.

    batch_items: items per step; all their candidates are encoded once and all pairs formed.
    micro_items: items computed at a time, gradients adding up to the step's; None for all.
    ema: decay of the weights' moving average, which is the model that is kept; 0 for none.
    model: settings of the backbone.
    """

    epochs: int = 20
    batch_items: int = 8
    micro_items: int | None = None
    lr: float = 2e-3
    weight_decay: float = 0.05
    warm_up: float = 0.1
    ema: float = 0.97
    seed: int = 0
    augment: bool = True
    objective: Objective = field(default_factory=Objective)
    backbone: str = "compact"
    model: Any = field(default_factory=_compact)

    def __post_init__(self) -> None:
        check_whole(self, "epochs", "batch_items")
        check_whole(self, "seed", least=0)
        if self.micro_items is not None:
            check_whole(self, "micro_items")
        check_share(self, "weight_decay", "ema", "warm_up")
        check_positive(self, "lr")
        check_kind(self, bool, "true or false", "augment")
        check_kind(self, Objective, "an object", "objective")
        if not isinstance(self.model, _settings_class(self.backbone)):
            raise refusal("model", self.model, f"the settings of {self.backbone}")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: object, *, backbone: str | None = None) -> "TrainConfig":
        """Read settings; raises TrainingError naming what is unknown or of a wrong kind.

        backbone: where the settings do not say it themselves.
        """
        if not isinstance(value, dict):
            raise TrainingError("training settings must be a JSON object")
        parts = {"backbone": backbone or "compact", **value}
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(parts) - known):
            raise TrainingError(f"unknown training setting {unknown[0]!r}")
        kind = _settings_class(parts["backbone"])
        parts = {**kind.DEFAULTS, **parts}
        parts["model"] = _read(kind, parts.get("model", {}), "model")
        if "objective" in parts:
            parts["objective"] = _read(Objective, parts["objective"], "objective")
        return cls(**parts)


def _read(kind: Any, value: object, name: str) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, dict):
        raise refusal(name, value, "an object")
    if unknown := sorted(set(value) - {f.name for f in fields(kind)}):
        raise TrainingError(f"unknown training setting {f'{name}.{unknown[0]}'!r}")
    needed = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(needed - set(value)):
        raise TrainingError(f"the training setting {f'{name}.{missing[0]}'!r} is missing")
    try:
        return kind(**value)
    except TypeError as error:
        raise TrainingError(f"bad training settings: {error}") from error


def _settings_class(backbone: object) -> Any:
    from rewardsvc.core.backbone import backbones, settings_of

    if backbone not in backbones():
        raise refusal("backbone", backbone, f"one of {', '.join(backbones())}")
    return settings_of(str(backbone))
