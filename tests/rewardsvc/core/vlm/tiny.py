"""Tiny vision-language bases with random weights and a tokenizer trained here."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIAL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
TEMPLATE = (
    "<|im_start|>system\nJudge with care.<|im_end|>\n"
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SENTENCES = ["Make the sky red and keep the house.", "Remove the dog on the left side, please."]
PROMPTS = {
    "quality": "Look at both pictures. How clean is the second?\nWish: {text_prompt}\n",
    "following": "Was the wish met, and nothing else changed?\nWish: {text_prompt}\n",
    "suffix": "Mark: <|Reward|>\nend\n",
}


def tokenizer(folder: Path) -> dict[str, int]:
    """Train a byte-level tokenizer, write it, and return the ids of the special tokens."""
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(
            vocab_size=320, special_tokens=list(SPECIAL), initial_alphabet=alphabet
        ),
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        additional_special_tokens=list(SPECIAL[1:]),
        padding_side="left",
    )
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    return {token: fast.convert_tokens_to_ids(token) for token in SPECIAL}


def configuration(family: str, ids: dict[str, int], text=None, vision=None):
    """Return the configuration of a tiny model of a family, or of another shape."""
    from transformers import Qwen2_5_VLConfig, Qwen3VLConfig

    hidden = 64
    shape = text or {}
    text = {
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 512,
        # As published configurations have it; transformers 5 reads this, and 4 nothing else.
        "rope_theta": 10000.0,
        "rope_scaling": {"rope_type": "default", "mrope_section": [2, 3, 3]},
        **shape,
    }
    tokens = {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }
    if family == "qwen2.5-vl":
        vision = {
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": hidden,
            "fullatt_block_indexes": [1],
            **(vision or {}),
        }
        return Qwen2_5_VLConfig(text_config=text, vision_config=vision, **tokens)
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "out_hidden_size": hidden,
        "patch_size": 16,
        "num_position_embeddings": 256,
        "deepstack_visual_indexes": [0, 1],
    }
    return Qwen3VLConfig(
        text_config={**text, "head_dim": hidden // 4}, vision_config=vision, **tokens
    )


def base(
    folder: Path, family: str = "qwen2.5-vl", *, seed: int = 0, std: float = 0.15, **shape
) -> Path:
    """Write a tiny base model: configuration, tokenizer, image rule and random weights."""
    from transformers import Qwen2_5_VLForConditionalGeneration, Qwen3VLForConditionalGeneration

    folder.mkdir(parents=True, exist_ok=True)
    ids = tokenizer(folder)
    config = configuration(family, ids, **shape)
    torch.manual_seed(seed)
    kind = (
        Qwen2_5_VLForConditionalGeneration
        if family == "qwen2.5-vl"
        else Qwen3VLForConditionalGeneration
    )
    model = kind(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=std)
    model.save_pretrained(folder)
    rule = {
        "patch_size": config.vision_config.patch_size,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(rule))
    return folder
