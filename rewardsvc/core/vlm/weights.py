"""Read state dicts from weights files of any release, and map tensor names to this code's."""

import json
import logging
import math
import pickle
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from rewardsvc.core.errors import CheckpointError

logger = logging.getLogger(__name__)

Weights = dict[str, Tensor]

_INDEX = "model.safetensors.index.json"
_WHOLE = ("model.pth", "model.safetensors", "final_model.pth", "pytorch_model.bin")
_LORA, _LORA_CONFIG = "adapter_model.safetensors", "adapter_config.json"
_BESIDE_LORA = "non_lora_state_dict.pth"
# Names before transformers 4.52, where the text model was at the top level.
_OLD_TEXT = re.compile(r"^model\.(layers|embed_tokens|norm)\b")
_HEADS = ("rm_head.", "rm_heads.")


def read_weights(path: Path) -> Weights:
    """Return the tensors of one file; a pickle with anything but weights is refused.

    Raises CheckpointError naming the file.
    """
    try:
        if path.suffix == ".safetensors":
            found: Any = load_file(path)
        else:
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (OSError, RuntimeError, EOFError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"cannot read the weights {path}: {error}") from error
    except pickle.UnpicklingError as error:
        raise CheckpointError(f"{path} holds more than weights and was not run") from error
    for wrapper in ("model", "module", "state_dict"):
        if isinstance(found, dict) and isinstance(found.get(wrapper), dict):
            found = found[wrapper]
    if not isinstance(found, dict) or not found:
        raise CheckpointError(f"{path} holds no state dict")
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"{path}: the entry {name!r} is no tensor")
    return dict(found)


def find_weights(path: Path) -> list[Path]:
    """Return the weights files of a folder, or the file itself.

    Raises CheckpointError where there are none.
    """
    if path.is_file():
        return [path]
    if (index := path / _INDEX).is_file():
        try:
            parts = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{index} lists no weights") from error
        return [path / part for part in parts]
    for name in _WHOLE:
        if (path / name).is_file():
            return [path / name]
    raise CheckpointError(f"{path} holds none of {', '.join((*_WHOLE, _INDEX, _LORA))}")


def is_lora(folder: Path) -> bool:
    """Whether a folder has the released LoRA layout."""
    return (folder / _LORA).is_file()


def read_all(files: Iterable[Path]) -> Weights:
    found: Weights = {}
    for path in files:
        found.update(read_weights(path))
    return found


def canonical(weights: Mapping[str, Tensor]) -> Weights:
    """Return the weights under the names of this code: `visual.*`, `language_model.*`, heads.

    Accepts the released names of either generation and those of a base model. The language head
    is dropped, since rewards do not depend on it.
    """
    found: Weights = {}
    for name, value in weights.items():
        canonical_name = _canonical_name(name)
        if canonical_name is not None:
            found[canonical_name] = value
    return found


def _canonical_name(name: str) -> str | None:
    name = name.removeprefix("module.").removeprefix("base_model.model.")
    if name.startswith("lm_head."):
        return None
    if name.startswith(_HEADS):
        return name
    name = _OLD_TEXT.sub(r"model.language_model.\1", name)
    return name.removeprefix("model.")


def split_heads(weights: Mapping[str, Tensor]) -> tuple[Weights, Weights]:
    """Return (backbone, heads) of canonical weights."""
    heads = {name: value for name, value in weights.items() if name.startswith(_HEADS)}
    return {name: value for name, value in weights.items() if name not in heads}, heads


def require_fit(
    expected: Mapping[str, Tensor], found: Mapping[str, Tensor], where: object, whose: str
) -> None:
    """Raise CheckpointError naming the first tensor that is missing, unknown or does not fit.

    whose: the words before the expected shape, such as "the configuration expects".
    """
    if lacking := sorted(expected.keys() - found.keys()):
        raise CheckpointError(f"{where}: the tensor {lacking[0]!r} is missing")
    if unknown := sorted(found.keys() - expected.keys()):
        raise CheckpointError(f"{where}: the tensor {unknown[0]!r} is unknown")
    for name, value in expected.items():
        if found[name].shape != value.shape:
            raise CheckpointError(
                f"{where}: the tensor {name!r} is {tuple(found[name].shape)}, "
                f"{whose} {tuple(value.shape)}"
            )
        if not torch.isfinite(found[name]).all():
            raise CheckpointError(f"{where}: the tensor {name!r} is not finite")


def merge_lora(base: Weights, folder: Path) -> Weights:
    """Return a base model's canonical weights with the adapters of a folder merged into them.

    W + (alpha / rank) B A for each adapted matrix; the folder's other tensors replace those of
    the base. Raises CheckpointError naming what is missing or does not fit.
    """
    path = folder / _LORA
    scale = _lora_scale(folder / _LORA_CONFIG)
    merged = dict(base)
    if (folder / _BESIDE_LORA).is_file():
        merged.update(canonical(read_weights(folder / _BESIDE_LORA)))
    halves = read_weights(path)
    if not any(bool(half.any()) for name, half in halves.items() if ".lora_B." in name):
        logger.warning("%s: all adapters are zero, the base model is unchanged", path)
    for name, down in halves.items():
        if ".lora_A." not in name:
            if ".lora_B." not in name:
                raise CheckpointError(f"{path}: the tensor {name!r} is no adapter")
            continue
        partner = name.replace(".lora_A.", ".lora_B.")
        if partner not in halves:
            raise CheckpointError(f"{path}: the tensor {partner!r} is missing")
        target = _canonical_name(name.split(".lora_A.")[0] + ".weight")
        up = halves[partner]
        if target not in merged:
            raise CheckpointError(f"{path}: {name!r} adapts {target!r}, which the base lacks")
        if (up.shape[0], down.shape[1]) != tuple(merged[target].shape):
            raise CheckpointError(f"{path}: {name!r} does not fit {tuple(merged[target].shape)}")
        change = scale(down.shape[0]) * (up.float() @ down.float())
        merged[target] = (merged[target].float() + change).to(merged[target].dtype)
    return merged


def _lora_scale(path: Path) -> Callable[[int], float]:
    """Return a function from an adapter's rank to its scale."""
    try:
        config = json.loads(path.read_bytes())
        alpha, rank_scaled = float(config["lora_alpha"]), bool(config.get("use_rslora"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} states no lora_alpha: {error}") from error
    if config.get("use_dora"):
        raise CheckpointError(f"{path}: adapters with use_dora cannot be read")
    return lambda rank: alpha / (math.sqrt(rank) if rank_scaled else rank)
