"""A random vision-language model of some 30 million weights, and items to score with it."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from rewardsvc.core.vlm.building import build
from rewardsvc.core.vlm.patches import to_patches
from rewardsvc.core.vlm.settings import VlmSettings
from tests.rewardsvc.core.vlm import tiny

SHAPE = {
    "text": {
        "hidden_size": 512,
        "intermediate_size": 1376,
        "num_hidden_layers": 8,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "rope_scaling": {"rope_type": "default", "mrope_section": [8, 12, 12]},
    },
    "vision": {
        "depth": 6,
        "hidden_size": 256,
        "intermediate_size": 684,
        "num_heads": 4,
        "out_hidden_size": 512,
        "fullatt_block_indexes": [2, 5],
    },
}
TEXT_TOKENS, SIDE = 300, 448


class _Data:
    dimensions = ("following", "quality")
    rubric = None


def base(folder: Path) -> Path:
    return tiny.base(folder, text=SHAPE["text"], vision=SHAPE["vision"], std=0.02)


def model(folder: Path, layout: str, *, text_tokens: int = TEXT_TOKENS, **settings):
    """Build a model whose text of one dimension is of a length."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(words(folder, text_tokens))
        file.flush()
        given = VlmSettings(base=str(folder), prompts=file.name, layout=layout, **settings)
        torch.manual_seed(0)
        return build(given, _Data()).eval()


def words(folder, text_tokens):
    import json

    from rewardsvc.core.vlm.layout import load_tokenizer

    tokenizer = load_tokenizer(folder)

    def text(n):
        return "a " * n + "{text_prompt}"

    def length(n):
        asked = text(n).replace("{text_prompt}", "Make it 0") + " <|Reward|>"
        return len(tokenizer(asked)["input_ids"])

    n = next(n for n in range(1, 400) if length(n) >= text_tokens)
    texts = {name: text(n) for name in _Data.dimensions}
    return json.dumps({**texts, "suffix": " <|Reward|>"})


def pictures(count, rule, seed=0):
    rng = np.random.default_rng(seed)
    return [
        to_patches(Image.fromarray(rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)), rule)
        for _ in range(count)
    ]
