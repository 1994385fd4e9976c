"""The settings of the vision-language backbones."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardsvc.core.checks import (
    check_kind,
    check_positive,
    check_share,
    check_whole,
    refusal,
)
from rewardsvc.core.data.pictures import READINGS, SHOWN
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.vlm.heads import HEAD_KINDS
from rewardsvc.core.vlm.layout import LAYOUTS

TUNINGS = ("full", "lora", "frozen")
PRECISIONS = ("float32", "bfloat16")
FLASH = "flash_attention_2"
ATTENTIONS = ("sdpa", FLASH, "eager")


def require_extra() -> None:
    """Raise TrainingError on a machine without the packages that these backbones need."""
    for name in ("transformers", "accelerate", "peft"):
        if importlib.util.find_spec(name) is None:
            raise TrainingError(
                f"vision-language backbones need {name}: install EditJury with the extra [vlm]"
            )


def require_flash() -> None:
    """Raise TrainingError if the kernels of flash attention are not installed.

    Otherwise transformers would search the hub for them, or fail with an import error.
    """
    import torch

    if importlib.util.find_spec("flash_attn") is None or not torch.cuda.is_available():
        raise TrainingError(
            f"{FLASH} needs the package flash_attn and an NVIDIA GPU: choose the attention sdpa"
        )


@dataclass(frozen=True)
class VlmSettings:
    """How a vision-language reward model is built and trained.

    base: folder or hub id of the base model. start: a released EditReward checkpoint whose weights
    to start from, empty for none; it needs `prompts`, a file that `Prompts.of` reads. Without
    `prompts` the prompts are made from the campaign's rubric.
    tuning: full = all weights, lora = adapters, frozen = heads and reward rows only. vision:
    whether the vision tower is trained too. The embedding table is never trained.
    precision: with bfloat16, trained weights and heads stay in float32.
    reading: how a file becomes pixels, see `core/data/pictures.py`.
    tokens: visual tokens per image. sequential: see `tree.build`; None for the family's default.
    """

    base: str
    start: str = ""
    prompts: str = ""
    layout: str = "native"
    heads: str = "multi"
    tuning: str = "full"
    vision: bool = True
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.0
    head_dropout: float = 0.05
    head_lr: float = 1.0
    reward_row_lr: float = 1.0
    vision_lr: float = 1.0
    tokens: int = 256
    sequential: bool | None = None
    gradient_checkpointing: bool = False
    precision: str = "float32"
    attention: str = "sdpa"
    reading: str = SHOWN

    # The paper's training: two epochs at a small rate, no decay, average or augmentation.
    DEFAULTS: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "lr": 2e-6,
        "weight_decay": 0.0,
        "warm_up": 0.05,
        "ema": 0.0,
        "augment": False,
    }

    def __post_init__(self) -> None:
        check_kind(self, str, "text", "base", "start", "prompts")
        if not self.base:
            raise refusal("base", self.base, "a folder or hub id")
        for name, known in (
            ("layout", LAYOUTS),
            ("heads", HEAD_KINDS),
            ("tuning", TUNINGS),
            ("precision", PRECISIONS),
            ("attention", ATTENTIONS),
            ("reading", READINGS),
        ):
            if getattr(self, name) not in known:
                raise refusal(name, getattr(self, name), f"one of {', '.join(known)}")
        check_whole(self, "lora_rank", "lora_alpha", "tokens")
        check_share(self, "lora_dropout", "head_dropout")
        check_positive(self, "head_lr", "reward_row_lr", "vision_lr")
        check_kind(self, bool, "true or false", "vision", "gradient_checkpointing")
        check_kind(self, bool | None, "true, false or null", "sequential")  # type: ignore[arg-type]
        if self.start and not self.prompts:
            raise TrainingError("start needs prompts: a released model knows only its own words")
        if self.attention == FLASH and self.layout == "native":
            # Shared prefixes need an attention mask, which these kernels do not support.
            raise TrainingError(f"{FLASH} goes with the released layout only")
        if self.attention == FLASH and self.precision != "bfloat16":
            raise TrainingError(f"{FLASH} goes with the precision bfloat16 only")
