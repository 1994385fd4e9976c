"""Released EditReward checkpoints: sizes and ids are read from the weights, never assumed."""

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
    """A vision-language reward model with all that is needed to ask it."""

    network: VisionLanguageNetwork
    layout: Layout
    rule: PixelRule
    family: Family
    config: Any


def load_official(
    place: Path,
    *,
    base: Path | None,
    prompts: Prompts | Mapping[str, str] | Path | str,
    dtype: torch.dtype,
    attention: str = "sdpa",
) -> Assembled:
    """Return a released model.

    place: the weights file, or its folder (`model.pth`, `model.safetensors`, shards, or the LoRA
    layout, which also needs the base model's weights in `base`). base: folder with the
    configuration and tokenizer, where they are not beside the weights. prompts: see `Prompts.of`.
    dtype: of the backbone; the heads are float32.
    Raises CheckpointError naming what is missing or does not fit.
    """
    base = base or (place if place.is_dir() else place.parent)
    family, config = read_config(base, attention=attention)
    tokenizer = load_tokenizer(base)
    found, heads = files.split_heads(_weights(place, base))
    if not heads:
        raise CheckpointError(f"{place} holds no reward head: no tensor 'rm_head…'")
    kind, n_dimensions, inner = _heads(heads, place, hidden_of(config))
    asked = Prompts.of(prompts)
    table = found.get(_TABLE)
    if table is None:
        raise CheckpointError(f"{place}: the tensor {_TABLE!r} is missing")
    row = _reward_row(table, tokenizer, place)
    backbone = empty_backbone(family, config, len(table))
    fill(backbone, {name: value.to(dtype) for name, value in found.items()}, str(place))
    n_texts = len(asked.dimensions)
    if kind == "shared-or-single":
        kind = "shared" if n_texts > 1 else "single"
        n_dimensions = n_texts
    if n_texts != n_dimensions:
        raise CheckpointError(
            f"{place} has {n_dimensions} heads, the prompts ask for {n_texts} dimensions"
        )
    reading = RewardHeads(hidden_of(config), n_dimensions, kind)
    reading.load_state_dict({name: value.float() for name, value in inner.items()})
    reads = reading.reads
    check_rows(row, hidden_of(config))
    # The official code asks every dimension at the same row of the table.
    network = VisionLanguageNetwork(backbone, reading, row.float().repeat(reads, 1).clone())
    layout = Layout(tokenizer, asked, "released", reads)
    return Assembled(network.eval(), layout, PixelRule.from_base(base), family, config)


def _weights(place: Path, base: Path) -> files.Weights:
    if files.is_lora(place):
        started = files.canonical(files.read_all(files.find_weights(base)))
        return files.merge_lora(started, place)
    return files.canonical(files.read_all(files.find_weights(place)))


def _reward_row(table: Tensor, tokenizer: Any, place: Path) -> Tensor:
    """Return the (1, hidden) row of the reward token."""
    row = tokenizer.convert_tokens_to_ids(REWARD_TOKEN)
    if row >= len(table):
        raise CheckpointError(
            f"{place}: the embedding has {len(table)} rows, the tokenizer gives {REWARD_TOKEN} "
            f"the id {row}: it was made with another tokenizer, or without the reward token"
        )
    return table[row : row + 1]


def _heads(
    heads: Mapping[str, Tensor], place: Path, hidden: int
) -> tuple[str, int, Mapping[str, Tensor]]:
    """Return the kind of heads, their number, and their weights; refuse others by name."""
    numbers = sorted({int(m[1]) for name in heads if (m := _MULTI.match(name))})
    kind = "multi" if numbers else "shared-or-single"
    if numbers != list(range(len(numbers))):
        raise CheckpointError(f"{place}: heads are numbered {numbers}")
    model = RewardHeads(hidden, max(1, len(numbers)), "multi" if numbers else "single")
    require_fit(model.state_dict(), heads, place, f"a model of hidden size {hidden} has")
    return kind, len(numbers), heads
