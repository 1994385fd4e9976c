"""Which weights of a vision-language reward model training changes, and how fast."""

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import nn

from rewardsvc.core.vlm.settings import FLASH, VlmSettings

_ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Tunable(Protocol):
    """A reward model with its network, and whether it computes common beginnings once."""

    network: Any
    settings: Any
    share: bool

    def parameters(self) -> Iterator[nn.Parameter]: ...


def tune(model: Tunable, settings: VlmSettings) -> None:
    """Freeze what is not tuned and add adapters where they are asked for.

    The embedding table is frozen in every case: of all tokens, only the reward tokens learn, and
    their rows are a parameter of their own.
    """
    backbone: Any = model.network.backbone
    _learn(backbone, False)
    if settings.tuning == "full":
        _learn(backbone.language_model, True)
        _learn(backbone.language_model.embed_tokens, False)
        _learn(backbone.visual, settings.vision)
    elif settings.tuning == "lora":
        _adapt(backbone, settings)
    if settings.precision == "bfloat16":
        for parameter in model.parameters():
            # A small step on a bfloat16 weight would be rounded away.
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
    if settings.attention == FLASH:
        model.share = False  # its kernels take no mask over earlier segments
    if settings.gradient_checkpointing:
        # The name in transformers 5, and the one before it.
        enable = getattr(backbone, "activation_checkpointing_enable", None)
        (enable or backbone.gradient_checkpointing_enable)({"use_reentrant": False})
        model.share = False


def _learn(module: nn.Module, does: bool) -> None:  # noqa: FBT001 - one sentence with its name
    for parameter in module.parameters():
        parameter.requires_grad = does


def _adapt(backbone: nn.Module, settings: VlmSettings) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    inside = (
        r".*language_model.*" if not settings.vision else r".*(language_model|visual\.blocks).*"
    )
    names = "|".join((*_ADAPTED, "qkv", "attn.proj") if settings.vision else _ADAPTED)
    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=rf"{inside}\.({names})",
    )
    inject_adapter_in_model(config, backbone)


def parameter_groups(model: Tunable, lr: float) -> list[dict[str, Any]]:
    """Return the trained parameters with their rates: vision, text, reward rows, heads."""
    settings: VlmSettings = model.settings
    factors = {
        "backbone.visual.": settings.vision_lr,
        "reward_rows": settings.reward_row_lr,
        "heads.": settings.head_lr,
    }
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, parameter in model.network.named_parameters():
        if parameter.requires_grad:
            factor = next((f for start, f in factors.items() if name.startswith(start)), 1.0)
            groups.setdefault(factor, []).append(parameter)
    return [{"params": members, "lr": lr * factor} for factor, members in groups.items()]
