"""Load released EditReward checkpoints; sizes and token ids are read from the files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rewardsvc.core.errors import CheckpointError
from rewardsvc.core.vlm import weights as files
from rewardsvc.core.vlm.family import Family, empty_backbone, fill, hidden_of, read_config
from rewardsvc.core.vlm.heads import RewardHeads
from rewardsvc.core.vlm.layout import Layout, load_tokenizer
from rewardsvc.core.vlm.network import VisionLanguageNetwork, check_rows
from rewardsvc.core.vlm.patches import PixelRule
from rewardsvc.core.vlm.prompts import REWARD_TOKEN, Prompts
from rewardsvc.core.vlm.weights import require_fit

_TABLE = "language_model.embed_tokens.weight"
_MULTI = re.compile(r"^rm_heads\.head_(\d+)\.")


@dataclass(frozen=True)
class Assembled:
    """The parts of a vision-language reward model."""

    network: VisionLanguageNetwork
    layout: Layout
    rule: PixelRule
    family: Family
    config: Any


def load_official(
    path: Path,
    *,
    base: Path | None,
    prompts: Prompts | Mapping[str, str] | Path | str,
    dtype: torch.dtype,
    attention: str = "sdpa",
) -> Assembled:
    """Return a released model.

    path: the weights file, or its folder (`model.pth`, `model.safetensors`, shards, or the LoRA
    layout, which also needs the base model's weights in `base`). base: folder of the configuration
    and tokenizer, if they are not beside the weights. prompts: see `Prompts.of`.
    dtype: precision of the backbone; the heads are float32.
    Raises CheckpointError naming what is missing or does not fit.
    """
    base = base or (path if path.is_dir() else path.parent)
    family, config = read_config(base, attention=attention)
    tokenizer = load_tokenizer(base)
    found, heads = files.split_heads(_weights(path, base))
    if not heads:
        raise CheckpointError(f"{path} holds no reward head: no tensor 'rm_head…'")
    kind, n_dimensions, inner = _heads(heads, path, hidden_of(config))
    texts = Prompts.of(prompts)
    table = found.get(_TABLE)
    if table is None:
        raise CheckpointError(f"{path}: the tensor {_TABLE!r} is missing")
    row = _reward_row(table, tokenizer, path)
    backbone = empty_backbone(family, config, len(table))
    fill(backbone, {name: value.to(dtype) for name, value in found.items()}, str(path))
    n_texts = len(texts.dimensions)
    if kind == "shared-or-single":
        kind = "shared" if n_texts > 1 else "single"
        n_dimensions = n_texts
    if n_texts != n_dimensions:
        raise CheckpointError(
            f"{path} has {n_dimensions} heads, the prompts ask for {n_texts} dimensions"
        )
    reward_heads = RewardHeads(hidden_of(config), n_dimensions, kind)
    reward_heads.load_state_dict({name: value.float() for name, value in inner.items()})
    reads = reward_heads.reads
    check_rows(row, hidden_of(config))
    # The official code uses the same reward token for every dimension.
    network = VisionLanguageNetwork(backbone, reward_heads, row.float().repeat(reads, 1).clone())
    layout = Layout(tokenizer, texts, "released", reads)
    return Assembled(network.eval(), layout, PixelRule.from_base(base), family, config)


def _weights(path: Path, base: Path) -> files.Weights:
    if files.is_lora(path):
        base_weights = files.canonical(files.read_all(files.find_weights(base)))
        return files.merge_lora(base_weights, path)
    return files.canonical(files.read_all(files.find_weights(path)))


def _reward_row(table: Tensor, tokenizer: Any, path: Path) -> Tensor:
    """Return the (1, hidden) row of the reward token."""
    row = tokenizer.convert_tokens_to_ids(REWARD_TOKEN)
    if row >= len(table):
        raise CheckpointError(
            f"{path}: the embedding has {len(table)} rows, the tokenizer gives {REWARD_TOKEN} "
            f"the id {row}: it was made with another tokenizer, or without the reward token"
        )
    return table[row : row + 1]


def _heads(
    heads: Mapping[str, Tensor], path: Path, hidden: int
) -> tuple[str, int, Mapping[str, Tensor]]:
    """Return the kind of heads, their number, and their weights.

    Raises CheckpointError naming a tensor that does not fit.
    """
    numbers = sorted({int(m[1]) for name in heads if (m := _MULTI.match(name))})
    kind = "multi" if numbers else "shared-or-single"
    if numbers != list(range(len(numbers))):
        raise CheckpointError(f"{path}: heads are numbered {numbers}")
    model = RewardHeads(hidden, max(1, len(numbers)), "multi" if numbers else "single")
    require_fit(model.state_dict(), heads, path, f"a model of hidden size {hidden} has")
    return kind, len(numbers), heads
