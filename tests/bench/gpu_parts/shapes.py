"""The published shapes of the base models, typed in: no weights and no network are needed.

Written as the published configurations have it (`rope_theta` beside `rope_scaling`), which
transformers 4 and 5 both read.
"""

#: Parameters of the whole model, its language head included, as the weight files hold them.
PARAMETERS = {"7b": 8_292_166_656, "8b": 8_767_123_696}
FAMILY = {"7b": "qwen2.5-vl", "8b": "qwen3-vl", "tiny": "qwen2.5-vl"}

TEXT = {
    "7b": {
        "hidden_size": 3584,
        "intermediate_size": 18944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "vocab_size": 152064,
        "max_position_embeddings": 128000,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1000000.0,
        "rope_scaling": {"rope_type": "default", "mrope_section": [16, 24, 24]},
        "tie_word_embeddings": False,
    },
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 12288,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "max_position_embeddings": 262144,
        "rms_norm_eps": 1e-6,
        "rope_theta": 5000000.0,
        "rope_scaling": {
            "rope_type": "default",
            "mrope_section": [24, 20, 20],
            "mrope_interleaved": True,
        },
        "tie_word_embeddings": False,
    },
}
VISION = {
    "7b": {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "out_hidden_size": 3584,
        "patch_size": 14,
        "window_size": 112,
        "fullatt_block_indexes": [7, 15, 23, 31],
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "hidden_act": "silu",
    },
    "8b": {
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "out_hidden_size": 4096,
        "patch_size": 16,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [8, 16, 24],
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "hidden_act": "gelu_pytorch_tanh",
    },
}


def configuration(size, ids):
    """Return the transformers configuration of a size. ids: of the tokenizer's special tokens."""
    from tests.rewardsvc.core.vlm import tiny

    family = FAMILY[size]
    if size == "tiny":
        return tiny.configuration(family, ids)
    import transformers

    kind = transformers.Qwen2_5_VLConfig if size == "7b" else transformers.Qwen3VLConfig
    return kind(
        text_config=dict(TEXT[size]),
        vision_config=dict(VISION[size]),
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
