"""What every kind of reward model offers to training, prediction and scoring.

A kind of model is its settings (how it is made and what images it opens) and its network. Two
kinds exist: `compact` and the vision-language families of `vlm`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from rewardsvc.core.data.preferences import PreferenceData, Triple

ImagePath = Callable[[str], Path]


class Rows(Protocol):
    """Something with one entry per edit, of which some may be taken."""

    def take(self, rows: Tensor) -> "Rows": ...


class Batch(Protocol):
    """Edits to be scored; `text` (N,) points into the `n_texts` instructions."""

    @property
    def n_edits(self) -> int: ...
    @property
    def n_texts(self) -> int: ...
    @property
    def text(self) -> Tensor: ...
    def to(self, device: torch.device) -> "Batch": ...


class Network(Protocol):
    """A torch module that answers batches of edits.

    encode: look at every image once. read: the instructions, one row each. answers: mu and log
    sigma, (members, N, D) each, of codes under the instruction in the same row.
    """

    @property
    def dimensions(self) -> tuple[str, ...]: ...
    def collate(self, triples: Sequence[Triple], images: Any) -> Any: ...
    def augmented(self, batch: Any, free: Tensor, generator: torch.Generator) -> Any: ...
    def begin(self, batch: Any) -> None: ...
    def encode(self, batch: Any) -> Any: ...
    def read(self, batch: Any) -> Any: ...
    def answers(self, codes: Any, wishes: Any) -> tuple[Tensor, Tensor]: ...
    def parameter_groups(self, lr: float) -> list[dict[str, Any]]: ...
    def __call__(self, batch: Any) -> tuple[Tensor, Tensor]: ...


class ModelSettings(Protocol):
    """The settings of one kind of model.

    DEFAULTS: training settings that this kind wants otherwise than the compact one.
    """

    DEFAULTS: Mapping[str, Any]

    def images(self, shas: Iterable[str], image_path: ImagePath) -> Any:
        """Open images by content hash; raises ImageError naming what is missing or altered."""

    def network(self, data: PreferenceData, *, start: Path | None = None) -> Any:
        """Make the network to train, from `start` (a checkpoint folder) where one is given."""


def settings_of(backbone: str) -> Any:
    """Return the settings class of a backbone; raises KeyError for an unknown one."""
    return _kinds()[backbone]


def backbones() -> tuple[str, ...]:
    return tuple(_kinds())


def _kinds() -> dict[str, Any]:
    from rewardsvc.core.compact.settings import CompactSettings
    from rewardsvc.core.vlm.family import FAMILIES
    from rewardsvc.core.vlm.settings import VlmSettings

    return {"compact": CompactSettings, **dict.fromkeys(FAMILIES, VlmSettings)}
