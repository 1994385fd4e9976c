"""The settings of a training run."""

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from rewardsvc.core import checkpoint
from rewardsvc.core.backbone import ImagePath
from rewardsvc.core.checks import check_kind, check_positive, check_share, check_whole, refusal
from rewardsvc.core.compact.settings import CompactSettings
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.registry import backbones, kind_of
from rewardsvc.core.training.objective import EARLIER_NAMES, Objective


@dataclass(frozen=True)
class TrainConfig:
    """Every setting of a run; with the data and the sources it fixes the result on a CPU.

    batch_items: items per step; every candidate is encoded once and all judged pairs are used.
    micro_items: items per forward pass, with accumulated gradients; None for all of a step.
    ema: decay of the moving average of the weights, which becomes the saved model; 0 for none.
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
    model: Any = field(default_factory=CompactSettings)

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

    def images(
        self, shas: Iterable[str], image_path: ImagePath, watermarks: Sequence[str] = ()
    ) -> Any:
        """Open images by content hash; raises ImageError naming what is missing or altered."""
        return kind_of(self.backbone).images(self.model, shas, image_path, watermarks)

    def network(self, data: PreferenceData, *, start: Path | None = None) -> Any:
        """Make the network to train, from the checkpoint folder `start` unless it is None.

        Raises CheckpointError or TrainingError naming what does not fit.
        """
        kind = kind_of(self.backbone)
        return kind.network(self.model, data, start=start, load=_load)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def result_settings(self) -> dict[str, Any]:
        """Return the settings that determine the result, under their earliest names.

        micro_items is left out: it changes the memory per step, not the result. The earlier names
        let a run resume from a state that was saved before a setting was renamed.
        """
        settings = {k: v for k, v in self.to_json().items() if k != "micro_items"}
        earlier = {new: old for old, new in EARLIER_NAMES.items()}
        objective = {earlier.get(k, k): v for k, v in settings["objective"].items()}
        return {**settings, "objective": objective}

    @classmethod
    def from_json(cls, value: object, *, backbone: str | None = None) -> "TrainConfig":
        """Read settings; raises TrainingError naming what is unknown or of a wrong kind.

        backbone: the default where the settings name none.
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
            parts["objective"] = _read(Objective, _renamed(parts["objective"]), "objective")
        return cls(**parts)


def _load(folder: Path) -> Any:
    model, _ = checkpoint.load(folder)
    return model


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


def _renamed(objective: object) -> object:
    """Return an objective's settings with earlier names replaced by the present ones."""
    if not isinstance(objective, dict):
        return objective
    present = {EARLIER_NAMES.get(name, name): value for name, value in objective.items()}
    if len(present) != len(objective):
        twice = next(f"{old} and {new}" for old, new in EARLIER_NAMES.items() if old in objective)
        raise TrainingError(f"the objective has both {twice}, two names of one setting")
    return present


def _settings_class(backbone: object) -> Any:
    if backbone not in backbones():
        raise refusal("backbone", backbone, f"one of {', '.join(backbones())}")
    return kind_of(str(backbone)).SETTINGS
