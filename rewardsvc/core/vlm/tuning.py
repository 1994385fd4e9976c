"""Which weights of a vision-language reward model are trained, and their learning rates."""

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import nn

from rewardsvc.core.vlm.settings import FLASH, VlmSettings

_ADAPTED = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class Tunable(Protocol):
    """A reward model that can be tuned. share: whether it computes common prefixes once."""

    network: Any
    settings: Any
    share: bool

    def parameters(self) -> Iterator[nn.Parameter]: ...


def tune(model: Tunable, settings: VlmSettings) -> None:
    """Freeze the weights that are not trained, and add LoRA adapters if the settings say so.

    The embedding table is always frozen. The embeddings of the reward tokens are trained; they
    are a separate parameter.
    """
    backbone: Any = model.network.backbone
    _require_grad(backbone, False)
    if settings.tuning == "full":
        _require_grad(backbone.language_model, True)
        _require_grad(backbone.language_model.embed_tokens, False)
        _require_grad(backbone.visual, settings.vision)
    elif settings.tuning == "lora":
        _adapt(backbone, settings)
    if settings.precision == "bfloat16":
        for parameter in model.parameters():
            # bfloat16 would round small updates to zero.
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
    if settings.attention == FLASH:
        model.share = False  # its kernels support no mask over earlier segments
    if settings.gradient_checkpointing:
        # The name in transformers 5, and the one before it.
        enable = getattr(backbone, "activation_checkpointing_enable", None)
        (enable or backbone.gradient_checkpointing_enable)({"use_reentrant": False})
        model.share = False


def _require_grad(module: nn.Module, value: bool) -> None:  # noqa: FBT001 - as in torch
    for parameter in module.parameters():
        parameter.requires_grad = value


def _adapt(backbone: nn.Module, settings: VlmSettings) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    modules = (
        r".*language_model.*" if not settings.vision else r".*(language_model|visual\.blocks).*"
    )
    names = "|".join((*_ADAPTED, "qkv", "attn.proj") if settings.vision else _ADAPTED)
    config = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=rf"{modules}\.({names})",
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
