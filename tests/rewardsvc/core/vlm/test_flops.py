"""Counted operations are those that torch counts."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from rewardsvc.core.vlm.flops import text_flops, vision_flops
from rewardsvc.core.vlm.layout import unique_paths
from rewardsvc.core.vlm.patches import to_patches
from rewardsvc.core.vlm.tree import build as build_tree
from tests.rewardsvc.core.vlm.conftest import picture
from tests.rewardsvc.core.vlm.test_sharing import questions


@pytest.mark.parametrize("family", ["qwen2.5-vl", "qwen3-vl"])
def test_text_operations_are_those_that_torch_counts_without_masked_keys(build, triples, family):
    model = build(family, attention="eager", layout="released")
    batch = model.batch(*questions(triples[:1]))
    features = model.encode(batch)
    paths = model.paths(features, model.encode_text(batch).take(batch.text))[:1]
    levels = build_tree(unique_paths(paths, share=False), features.grids, sequential=True)
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model.network.states(levels, features.encoded)
    config = model.network.backbone.language_model.config
    length = levels[0].ids.shape[1]
    width = config.num_attention_heads * 16
    # The eager kernel also multiplies the upper triangle that it then masks.
    masked = length * length - length * (length + 1) // 2
    extra = 4 * width * masked * config.num_hidden_layers
    # ... and rotates positions by a product of its own.
    counted = counter.get_total_flops()
    assert text_flops(model.network.backbone, levels) + extra == pytest.approx(counted, rel=0.01)


@pytest.mark.parametrize("family", ["qwen2.5-vl", "qwen3-vl"])
def test_vision_operations_are_those_that_torch_counts(build, family):
    model = build(family, attention="eager", tokens=64)
    seen = [to_patches(picture(n, size), model.rule) for n, size in enumerate([(64, 64), (90, 50)])]
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model.network.encode_images(seen)
    counted = counter.get_total_flops()
    assert vision_flops(model.network.backbone, seen) == pytest.approx(counted, rel=0.01)


def test_a_shared_tree_needs_less_and_a_cached_prefix_nothing(build, triples):
    model = build(layout="native")
    batch = model.batch(*questions(triples[:3]))
    features = model.encode(batch)
    paths = model.paths(features, model.encode_text(batch).take(batch.text))
    backbone = model.network.backbone
    whole, tree = (
        build_tree(unique_paths(paths, share=share), features.grids, sequential=True)
        for share in (False, True)
    )
    alone, shared = text_flops(backbone, whole), text_flops(backbone, tree)
    assert text_flops(backbone, tree, cached=True) < shared < alone
