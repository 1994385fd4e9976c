"""Models with random weights, made on the device in the precision that they are used in."""

import json
import tempfile
from pathlib import Path

import torch
from torch import nn

from rewardsvc.core.vlm.family import FAMILIES, empty_backbone, hidden_of
from rewardsvc.core.vlm.heads import RewardHeads
from rewardsvc.core.vlm.layout import Layout, load_tokenizer
from rewardsvc.core.vlm.model import VisionLanguageRewardModel
from rewardsvc.core.vlm.network import VisionLanguageNetwork
from rewardsvc.core.vlm.patches import PixelRule
from rewardsvc.core.vlm.prompts import Prompts
from rewardsvc.core.vlm.settings import VlmSettings
from rewardsvc.core.vlm.tuning import tune
from tests.bench import vlm
from tests.bench.gpu_parts import shapes
from tests.rewardsvc.core.vlm import tiny

LAYOUTS = ("released", "native")
#: Visual tokens an image, text tokens a dimension.
TOKENS = {"tiny": 16, "7b": 256, "8b": 256}
TEXT_TOKENS = {"tiny": 40, "7b": 300, "8b": 300}


def models(context, *, dtype=torch.bfloat16, **settings):
    """Return models of both layouts over one network. settings: of a training, none to score."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ids = tiny.tokenizer(folder)
        tokenizer = load_tokenizer(folder)
        words = json.loads(vlm.words(folder, TEXT_TOKENS[context.size]))
    config = shapes.configuration(context.size, ids)
    family = FAMILIES[shapes.FAMILY[context.size]]
    backbone = empty_backbone(family, config, config.text_config.vocab_size)
    torch.manual_seed(0)
    fill(backbone, context.device, dtype)
    heads = RewardHeads(hidden_of(config), 2, "multi").to(context.device)
    rows = torch.randn(heads.reads, hidden_of(config), device=context.device) * 0.02
    network = VisionLanguageNetwork(backbone, heads, rows).to(context.device)
    prompts = Prompts.of(words)
    area = TOKENS[context.size] * (2 * config.vision_config.patch_size) ** 2
    rule = PixelRule(patch=config.vision_config.patch_size, least=area, most=area)
    made = {}
    for kind in LAYOUTS:
        layout = Layout(tokenizer, prompts, kind, heads.reads)
        made[kind] = VisionLanguageRewardModel(network, layout, rule, family).eval()
    if settings:
        chosen = VlmSettings(base="random", precision="bfloat16", **settings)
        for each in made.values():
            each.settings = chosen
        tune(made[chosen.layout], chosen)
    return made


def fill(backbone, device, dtype):
    """Give an empty backbone random weights on a device, one tensor at a time."""
    for module in backbone.modules():
        for name, parameter in list(module._parameters.items()):
            if parameter is None:
                continue
            value = torch.empty(parameter.shape, dtype=dtype, device=device)
            if parameter.ndim > 1:
                value.normal_(std=0.02)
            else:
                value.fill_(0.0 if "bias" in name else 1.0)
            module._parameters[name] = nn.Parameter(value, requires_grad=False)
    backbone.to(device)
