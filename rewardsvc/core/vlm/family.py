"""The vision-language model families that can be a backbone, and how one is built."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from rewardsvc.core.errors import CheckpointError
from rewardsvc.core.vlm.weights import require_fit

CONFIG = "config.json"


@dataclass(frozen=True)
class Family:
    """A family of backbones.

    sequential: whether positions count all tokens one by one. The paper's code does so for
    Qwen2.5-VL, since it passes embeddings without their grid, but not for Qwen3-VL.
    """

    name: str
    model_type: str
    sequential: bool

    def module(self, config: Any) -> nn.Module:
        """Build the backbone without its language head."""
        import transformers

        if self.model_type == "qwen2_5_vl":
            return transformers.Qwen2_5_VLModel(config)
        return transformers.Qwen3VLModel(config)


FAMILIES = {
    family.name: family
    for family in (
        Family("qwen2.5-vl", "qwen2_5_vl", sequential=True),
        Family("qwen3-vl", "qwen3_vl", sequential=False),
    )
}


def family_of(model_type: str) -> Family:
    """Return the family of a model type. Raises CheckpointError for an unknown one."""
    for family in FAMILIES.values():
        if family.model_type == model_type:
            return family
    known = ", ".join(family.model_type for family in FAMILIES.values())
    raise CheckpointError(f"model_type is {model_type!r}, expected one of {known}")


def read_config(folder: Path, *, attention: str = "sdpa") -> tuple[Family, Any]:
    """Return the family and the transformers configuration of a base folder.

    Raises CheckpointError naming the file and what is wrong with it.
    """
    from transformers import AutoConfig

    path = folder / CONFIG
    try:
        raw = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    family = family_of(raw.get("model_type", "") if isinstance(raw, dict) else "")
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    config._attn_implementation = attention  # noqa: SLF001 - transformers' own switch
    return family, config


def hidden_of(config: Any) -> int:
    return int(config.text_config.hidden_size)


def empty_backbone(family: Family, config: Any, rows: int) -> nn.Module:
    """Build a backbone without weights, on the meta device: it allocates no memory for them."""
    from accelerate import init_empty_weights

    config.text_config.vocab_size = rows
    # Special token ids outside the embedding table would be refused.
    for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
        if (getattr(config.text_config, name, None) or 0) >= rows:
            setattr(config.text_config, name, None)
    with init_empty_weights(include_buffers=False):
        return family.module(config)


def fill(backbone: nn.Module, weights: Mapping[str, Tensor], where: str) -> None:
    """Assign the weights of an empty backbone. Raises CheckpointError naming the first misfit."""
    require_fit(backbone.state_dict(), weights, where, "the configuration expects")
    backbone.load_state_dict(weights, assign=True)
