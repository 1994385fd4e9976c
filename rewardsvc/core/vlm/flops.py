"""Floating-point operations of a vision-language model, computed from its shape.

A multiply-add counts as two operations. Matrix products of linear layers and of attention over
the unmasked keys are counted; norms, rotary embeddings and softmax are not.
"""

from collections.abc import Sequence
from typing import Any

from torch import nn

from rewardsvc.core.vlm.patches import Patches
from rewardsvc.core.vlm.tree import Level


def text_flops(backbone: nn.Module, levels: Sequence[Level], *, cached: bool = False) -> int:
    """Return the text model's operations on levels; cached: the first one's keys are cached."""
    text: Any = backbone.language_model
    config = text.config
    linear = 2 * sum(p.numel() for p in text.layers.parameters() if p.ndim == 2)  # noqa: PLR2004
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    width = config.num_attention_heads * size
    total, before = 0, [0] * len(levels[0].mask)
    for depth, level in enumerate(levels):
        lengths = level.mask.sum(1).tolist()
        parents = [0] * len(lengths) if level.parent is None else level.parent.tolist()
        above = [before[parent] if depth else 0 for parent in parents]
        if depth or not cached:
            for length, start in zip(lengths, above, strict=True):
                keys = length * start + length * (length + 1) // 2
                total += linear * length + 4 * width * keys * config.num_hidden_layers
        before = [length + start for length, start in zip(lengths, above, strict=True)]
    return total


def vision_flops(backbone: nn.Module, pictures: Sequence[Patches]) -> int:
    """Return the vision tower's operations on images."""
    vision: Any = backbone.visual
    config = vision.config
    blocks = 2 * sum(p.numel() for p in vision.blocks.parameters() if p.ndim == 2)  # noqa: PLR2004
    embed = 2 * vision.patch_embed.proj.weight.numel()
    merger = 2 * sum(p.numel() for p in vision.merger.parameters() if p.ndim == 2)  # noqa: PLR2004
    for extra in getattr(vision, "deepstack_merger_list", ()):
        merger += 2 * sum(p.numel() for p in extra.parameters() if p.ndim == 2)  # noqa: PLR2004
    whole = getattr(config, "fullatt_block_indexes", None)
    n_whole = config.depth if whole is None else len(whole)
    total = 0
    for picture in pictures:
        patches = picture.rows * picture.columns
        window = patches if whole is None else _windowed(picture, config)
        attended = n_whole * patches * patches + (config.depth - n_whole) * window
        total += (blocks + embed) * patches + merger * picture.tokens
        total += 4 * config.hidden_size * attended
    return total


def _windowed(picture: Patches, config: Any) -> int:
    """Return the sum over an image's windows of their patches squared."""
    side = config.window_size // config.patch_size

    def parts(count: int) -> list[int]:
        return [min(side, count - start) for start in range(0, count, side)]

    return sum((h * w) ** 2 for h in parts(picture.rows) for w in parts(picture.columns))
