"""What every kind of reward model offers to training, prediction and scoring.

A kind of model is its settings (how it is made and what images it opens) and its network. Two
kinds exist: `compact` and the vision-language families of `vlm`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.data.preferences import PreferenceData, Triple

ImagePath = Callable[[str], Path]
LoadModel = Callable[[Path], Any]


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


class Kind(Protocol):
    """One kind of model.

    SETTINGS: the class of its settings, with DEFAULTS: training settings that it wants otherwise
    than the compact kind.
    """

    SETTINGS: Any

    def images(self, settings: Any, shas: Iterable[str], image_path: ImagePath) -> Any:
        """Open images by content hash; raises ImageError naming what is missing or altered."""

    def network(
        self, settings: Any, data: PreferenceData, *, start: Path | None, load: LoadModel
    ) -> Any:
        """Make the network to train, from `start` (a checkpoint folder) where one is given."""

    def rebuild(
        self, given: Fields, weights: Mapping[str, Tensor], path: Path, *, base: Path | None
    ) -> Any:
        """Return the model of a checkpoint; raises CheckpointError naming what does not fit."""


def trained(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the part of a model's state that training changes: what is frozen is made again."""
    frozen = {name for name, value in model.named_parameters() if not value.requires_grad}
    return {name: value for name, value in model.state_dict().items() if name not in frozen}
