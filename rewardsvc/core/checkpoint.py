"""A trained reward model as a folder: weights in safetensors, everything else in JSON beside it."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from rewardsvc.core.compact.colours import mentions
from rewardsvc.core.compact.model import Batch, CompactConfig, CompactRewardModel
from rewardsvc.core.compact.text import token_bags
from rewardsvc.core.errors import CheckpointError, ImageError
from rewardsvc.core.fields import Fields
from rewardsvc.core.images import decode, measure_pixels, to_pixels

FORMAT = "editjury-reward-model/1"
WEIGHTS, SIDECAR = "model.safetensors", "reward_model.json"
_BACKBONE = "compact"
_BATCH = 32
_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)

Picture = Image.Image | Path | str
Scores = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class ModelCard:
    """What a model was made from and how good it was found to be.

    fold: the fold left out, None for a model trained on all training sources.
    """

    snapshot_sha256: str
    rubric_versions: tuple[str, ...]
    code_version: str
    target: str = "verdict"
    fold: int | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)


def save(folder: Path, model: CompactRewardModel, card: ModelCard) -> None:
    """Write the weights and the sidecar; the sidecar comes last and makes the folder a model."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SIDECAR).unlink(missing_ok=True)
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    partial = folder / f"{WEIGHTS}.{os.getpid()}.partial"
    save_file(weights, partial)
    partial.replace(folder / WEIGHTS)
    sidecar = {
        "format": FORMAT,
        "backbone": _BACKBONE,
        "model": model.config.to_json(),
        "dimensions": list(model.config.dimensions),
        "snapshot_sha256": card.snapshot_sha256,
        "rubric_versions": list(card.rubric_versions),
        "code_version": card.code_version,
        "target": card.target,
        "fold": card.fold,
        "training": dict(card.training),
        "metrics": dict(card.metrics),
    }
    partial = folder / f"{SIDECAR}.{os.getpid()}.partial"
    partial.write_text(json.dumps(sidecar, indent=1, allow_nan=False, ensure_ascii=False))
    partial.replace(folder / SIDECAR)


def load(folder: Path, *, device: str = "cpu") -> tuple[CompactRewardModel, dict[str, Any]]:
    """Return the model, ready to score, and its sidecar.

    Raises CheckpointError naming the file and the field or tensor that is missing or does not fit.
    """
    sidecar, config = _read_sidecar(folder / SIDECAR)
    path = folder / WEIGHTS
    try:
        weights = load_file(path, device=device)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"cannot read the weights {path}: {error}") from error
    if misfit := _misfit(config, weights):
        raise CheckpointError(f"{path} does not fit its {SIDECAR}: {misfit}")
    model = CompactRewardModel(config)
    model.load_state_dict(weights)
    return model.to(device).eval(), sidecar


def _misfit(config: CompactConfig, weights: Mapping[str, torch.Tensor]) -> str | None:
    """Return what keeps weights from being those of a model, None where nothing does."""
    # Without memory of its own: a mistaken width must not ask for all there is.
    try:
        with torch.device("meta"):
            expected = CompactRewardModel(config).state_dict()
    except RuntimeError as error:
        return f"no model is that large: {error}"
    if lacking := sorted(expected.keys() - weights.keys()):
        return f"the tensor {lacking[0]!r} is missing"
    if unknown := sorted(weights.keys() - expected.keys()):
        return f"the tensor {unknown[0]!r} is unknown"
    for name, value in expected.items():
        if wrong := _wrong(weights[name], value):
            return f"the tensor {name!r} is {wrong}"
    return None


def _wrong(found: torch.Tensor, expected: torch.Tensor) -> str | None:
    if found.shape != expected.shape:
        return f"{tuple(found.shape)}, expected {tuple(expected.shape)}"
    if found.dtype not in _FLOATS:
        return f"of {found.dtype}"
    return None if torch.isfinite(found).all() else "not finite"


def _read_sidecar(path: Path) -> tuple[dict[str, Any], CompactConfig]:
    try:
        sidecar = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    found = sidecar.get("format") if isinstance(sidecar, dict) else None
    if found != FORMAT:
        raise CheckpointError(f"{path}: format is {found!r}, expected {FORMAT!r}")
    given = Fields(sidecar, path, CheckpointError)
    if (backbone := given.get("backbone", str)) != _BACKBONE:
        raise CheckpointError(f"{path}: backbone is {backbone!r}, expected {_BACKBONE!r}")
    config = CompactConfig.from_json(given.inner("model"))
    if (dimensions := given.names("dimensions")) != config.dimensions:
        raise CheckpointError(
            f"{path}: dimensions is {list(dimensions)}, model.dimensions {list(config.dimensions)}"
        )
    for key in ("snapshot_sha256", "code_version", "target"):
        given.get(key, str)
    given.names("rubric_versions")
    given.inner("training")
    given.inner("metrics")
    if sidecar.get("fold") is not None:
        given.count("fold")
    return dict(sidecar), config


class RewardScorer:
    """A loaded reward model that scores (source, edited, instruction) triples."""

    def __init__(self, model: CompactRewardModel, sidecar: Mapping[str, Any], device: str) -> None:
        self.model, self.sidecar, self.device = model, sidecar, torch.device(device)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.model.config.dimensions

    def score(self, triples: Sequence[tuple[Picture, Picture, str]]) -> Scores:
        """Return rewards: mu, log_sigma (n, d); reward, log_sigma_fused (n,).

        triples: (source, edited, instruction), images as PIL images or paths.
        Raises ImageError naming the path of an image that cannot be read.
        """
        n_dimensions = len(self.dimensions)
        mu = np.empty((len(triples), n_dimensions))
        log_sigma = np.empty_like(mu)
        with torch.inference_mode():
            for start in range(0, len(triples), _BATCH):
                part = slice(start, start + _BATCH)
                batch = self._batch(triples[part])
                found = self.model(batch.to(self.device))
                mu[part], log_sigma[part] = (value.double().cpu().numpy() for value in found)
        return {
            "mu": mu,
            "log_sigma": log_sigma,
            "reward": mu.mean(1),
            "log_sigma_fused": log_sigma.mean(1),
        }

    def _batch(self, triples: Sequence[tuple[Picture, Picture, str]]) -> Batch:
        size = self.model.config.image_size
        distinct: dict[object, int] = {}
        sources: list[torch.Tensor] = []
        source_row = []
        for source, _, _ in triples:
            key = id(source) if isinstance(source, Image.Image) else str(source)
            if key not in distinct:
                distinct[key] = len(sources)
                sources.append(_pixels(source, size))
            source_row.append(distinct[key])
        instructions = [instruction for _, _, instruction in triples]
        tokens, offsets = token_bags(instructions, self.model.config.text_buckets)
        rows, before = torch.tensor(source_row), torch.stack(sources)
        after = torch.stack([_pixels(edited, size) for _, edited, _ in triples])
        return Batch(
            before,
            after,
            rows,
            measure_pixels(before[rows], after),
            tokens,
            offsets,
            mentions(instructions),
            torch.arange(len(triples)),
        )


def _pixels(picture: Picture, size: int) -> torch.Tensor:
    if isinstance(picture, Image.Image):
        return to_pixels(picture, size)
    path = Path(picture)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot read the image {path}: {error.strerror}") from error
    return decode(content, size, str(path))


def load_reward_model(
    path: Path | str,
    *,
    base: Path | str | None = None,
    prompts: Mapping[str, str] | Path | str | None = None,
    device: str = "cpu",
) -> RewardScorer:
    """Return a scorer from a checkpoint folder or the weights file in one.

    base, prompts: where a vision-language backbone finds its configuration and wording; the
    compact backbone carries all it needs and reads neither.
    Raises CheckpointError naming what is missing or does not fit.
    """
    del base, prompts
    place = Path(path)
    if place.name == WEIGHTS:
        place = place.parent
    if not place.is_dir():
        raise CheckpointError(f"no reward model at {path}")
    return RewardScorer(*load(place, device=device), device)
