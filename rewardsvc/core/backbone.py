"""The interface of every kind of reward model for training, prediction and scoring.

A kind of model consists of its settings (how it is built and which images it opens) and its
network. Two kinds exist: `compact` and the vision-language families of `vlm`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.data.triples import Triple

ImagePath = Callable[[str], Path]
LoadModel = Callable[[Path], Any]


class Rows(Protocol):
    """A value with one entry per edit; `take` selects rows."""

    def take(self, rows: Tensor) -> "Rows": ...


class Batch(Protocol):
    """Edits to score. text: (N,) index into the `n_texts` distinct instructions."""

    @property
    def n_edits(self) -> int: ...
    @property
    def n_texts(self) -> int: ...
    @property
    def text(self) -> Tensor: ...
    def to(self, device: torch.device) -> "Batch": ...


class Network(Protocol):
    """A torch module that predicts rewards for batches of edits.

    fit_normalization: compute input statistics from the training triples, once.
    encode: image features; every image is encoded once. encode_text: one row per instruction.
    predict: mu and log sigma, (members, N, D) each; row n pairs edit n with instruction n.
    """

    @property
    def dimensions(self) -> tuple[str, ...]: ...
    def collate(self, triples: Sequence[Triple], images: Any) -> Any: ...
    def augmented(self, batch: Any, free: Tensor, generator: torch.Generator) -> Any: ...
    def fit_normalization(self, batch: Any) -> None: ...
    def encode(self, batch: Any) -> Any: ...
    def encode_text(self, batch: Any) -> Any: ...
    def predict(self, features: Any, instructions: Any) -> tuple[Tensor, Tensor]: ...
    def parameter_groups(self, lr: float) -> list[dict[str, Any]]: ...
    def __call__(self, batch: Any) -> tuple[Tensor, Tensor]: ...


class Kind(Protocol):
    """One kind of model.

    SETTINGS: the class of its settings. Its DEFAULTS are training settings that differ from those
    of the compact kind.
    """

    SETTINGS: Any

    def images(
        self,
        settings: Any,
        shas: Iterable[str],
        image_path: ImagePath,
        watermarks: Sequence[str] = (),
    ) -> Any:
        """Open images by content hash; raises ImageError naming what is missing or altered."""

    def network(
        self, settings: Any, data: PreferenceData, *, start: Path | None, load: LoadModel
    ) -> Any:
        """Make the network to train, from the checkpoint folder `start` unless it is None."""

    def rebuild(
        self, sidecar: Fields, weights: Mapping[str, Tensor], path: Path, *, base: Path | None
    ) -> Any:
        """Return the model of a checkpoint; raises CheckpointError naming what does not fit."""


def trained(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the part of a model's state that training changes.

    Frozen weights are left out: they are loaded from the base model.
    """
    frozen = {name for name, value in model.named_parameters() if not value.requires_grad}
    return {name: value for name, value in model.state_dict().items() if name not in frozen}
