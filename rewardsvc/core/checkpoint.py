"""Checkpoint folders: weights in safetensors, everything else in a JSON file (the sidecar)."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from annotation.items.imaging.presentation import OWN, SOURCE, Presentation
from annotation.items.imaging.watermarks import parse_watermark
from annotation.snapshots.format.fields import Fields
from rewardsvc.core.backbone import trained
from rewardsvc.core.data.pictures import READINGS, SHOWN, presentation_of
from rewardsvc.core.errors import CheckpointError
from rewardsvc.core.fusion import FUSIONS
from rewardsvc.core.registry import backbones, kind_of
from rewardsvc.core.scoring import RewardScorer

FORMAT = "editjury-reward-model/1"
WEIGHTS, SIDECAR = "model.safetensors", "reward_model.json"


@dataclass(frozen=True)
class ModelCard:
    """Provenance and metrics of a model.

    fold: the fold left out; None for a model trained on all training sources.
    """

    snapshot_sha256: str
    rubric_versions: tuple[str, ...]
    code_version: str
    target: str = "verdict"
    fold: int | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)


def save(folder: Path, model: Any, card: ModelCard) -> None:
    """Write the weights, then the sidecar: a folder without a sidecar is not a model.

    Frozen weights are not written. The sidecar names the base model that holds them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SIDECAR).unlink(missing_ok=True)
    weights = {name: value.cpu().contiguous() for name, value in trained(model).items()}
    description = model.describe(folder)
    partial = folder / f"{WEIGHTS}.{os.getpid()}.partial"
    save_file(weights, partial)
    partial.replace(folder / WEIGHTS)
    sidecar = {
        "format": FORMAT,
        "backbone": model.backbone,
        "model": description,
        "dimensions": list(model.dimensions),
        "fusion": model.fusion,
        "presentation": _presentation(model).to_json(),
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


def load(
    folder: Path, *, device: str = "cpu", base: Path | None = None
) -> tuple[Any, dict[str, Any]]:
    """Return the model, ready to score, and its sidecar.

    base: the base model's folder of a vision-language model; None for the one in the sidecar.
    Raises CheckpointError naming the file and the field or tensor that is missing or does not fit.
    """
    fields = _read_sidecar(folder / SIDECAR)
    sidecar = dict(fields.value)
    path = folder / WEIGHTS
    try:
        weights = load_file(path, device=device)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"cannot read the weights {path}: {error}") from error
    kind = kind_of(sidecar["backbone"])
    model = kind.rebuild(fields, weights, path, base=base)
    if (stated := fields.names("dimensions")) != tuple(model.dimensions):
        raise CheckpointError(
            f"{folder / SIDECAR}: dimensions is {list(stated)}, "
            f"model.dimensions {list(model.dimensions)}"
        )
    model.fusion = _fusion(sidecar, folder / SIDECAR)
    model.edit_size, model.watermarks = _as_seen(fields)
    return model.to(device).eval(), sidecar


def _presentation(model: Any) -> Presentation:
    return presentation_of(model.reading, model.edit_size, model.watermarks)


def _as_seen(fields: Fields) -> tuple[str, tuple[str, ...]]:
    """Return the size of edits and the hidden watermarks that a model was trained with."""
    # Older checkpoints have no such field; they were trained on files as they are.
    if "presentation" not in fields.value:
        return OWN, ()
    presentation = fields.inner("presentation")
    size: str = presentation.get("size", str)
    if size not in (OWN, SOURCE):
        raise CheckpointError(f"{fields.where}: presentation.size is {size!r}, not known")
    watermarks = presentation.names("masked")
    for line in watermarks:
        try:
            parse_watermark(line)
        except ValueError as error:
            raise CheckpointError(f"{fields.where}: presentation.masked: {error}") from error
    return size, watermarks


def _fusion(sidecar: Mapping[str, Any], path: Path) -> str:
    # Older checkpoints have no such field; they use the mean.
    found = sidecar.get("fusion", "mean")
    if found not in FUSIONS:
        raise CheckpointError(f"{path}: fusion is {found!r}, expected one of {', '.join(FUSIONS)}")
    return str(found)


def _read_sidecar(path: Path) -> Fields:
    try:
        sidecar = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    found = sidecar.get("format") if isinstance(sidecar, dict) else None
    if found != FORMAT:
        raise CheckpointError(f"{path}: format is {found!r}, expected {FORMAT!r}")
    fields = Fields(sidecar, path, CheckpointError)
    if (backbone := fields.get("backbone", str)) not in backbones():
        known = ", ".join(map(repr, backbones()))
        raise CheckpointError(f"{path}: backbone is {backbone!r}, expected one of {known}")
    fields.names("dimensions", least=1)
    for key in ("snapshot_sha256", "code_version", "target"):
        fields.get(key, str)
    fields.names("rubric_versions")
    fields.inner("training")
    fields.inner("metrics")
    if sidecar.get("fold") is not None:
        fields.count("fold")
    fields.inner("model")
    return fields


def load_reward_model(
    path: Path | str,
    *,
    base: Path | str | None = None,
    prompts: Mapping[str, str] | Path | str | None = None,
    device: str = "cpu",
    reading: str | None = None,
) -> RewardScorer:
    """Return a scorer from a checkpoint folder or the weights file in one.

    A folder written by `save` needs no other argument. A released EditReward checkpoint (a folder
    or its weights file) also needs `prompts`: `{"dim1", "dim2", "suffix"}` with `{text_prompt}` for
    the instruction, a JSON file of it, or a Python file of the released layout, which is parsed and
    never run. base: the folder of its configuration and tokenizer if not beside the weights.
    A CPU computes in float32. A GPU computes a released backbone in bfloat16, the precision it is
    stored in, and its heads in float32.
    reading: `shown` = the pixels that people see, `official` = as the official code reads files,
    edits in their own size; None for what the model was trained with: `official` for a released
    one.
    Raises CheckpointError naming what is missing or does not fit.
    """
    if reading not in (None, *READINGS):
        raise CheckpointError(f"reading is {reading!r}, expected one of {', '.join(READINGS)}")
    model, sidecar = _loaded(Path(path), base=base, prompts=prompts, device=device)
    model.reading = reading or model.reading
    if model.reading != SHOWN:
        model.edit_size, model.watermarks = OWN, ()
    return RewardScorer(model, sidecar, device)


def _loaded(
    location: Path,
    *,
    base: Path | str | None,
    prompts: Mapping[str, str] | Path | str | None,
    device: str,
) -> tuple[Any, dict[str, Any]]:
    folder = location.parent if location.name == WEIGHTS else location
    if (folder / SIDECAR).is_file():
        return load(folder, device=device, base=None if base is None else Path(base))
    if not location.exists():
        raise CheckpointError(f"no reward model at {location}")
    from rewardsvc.core.vlm.building import released

    if prompts is None:
        raise CheckpointError(
            f"{location} has no {SIDECAR} beside it: a released checkpoint needs prompts"
        )
    model = released(
        location,
        base=None if base is None else Path(base),
        prompts=prompts,
        # The stored precision; a CPU is not faster in it.
        dtype=torch.bfloat16 if device.startswith("cuda") else torch.float32,
    )
    return model.to(device).eval(), {}
