from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.rewardsvc.core.vlm import tiny

pytest.importorskip("transformers", reason="the extra [vlm] is not installed")

SIZES = [(90, 60), (64, 64), (150, 70), (70, 150)]


def picture(seed, size):
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (9, 9, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def bases(tmp_path_factory):
    root = tmp_path_factory.mktemp("bases")
    return {name: tiny.base(root / name, name) for name in ("qwen2.5-vl", "qwen3-vl")}


@pytest.fixture(scope="session")
def triples():
    """Two items of three edits and one of one, as (source, edit, instruction)."""
    sources = [picture(n, SIZES[n]) for n in range(3)]
    instructions = ["Make the sky red.", "Remove the dog on the left side, please.", "Keep it"]
    return [
        (sources[n], picture(10 * n + k + 10, SIZES[(n + k) % 4]), instructions[n])
        for n, count in enumerate((3, 3, 1))
        for k in range(count)
    ]


@pytest.fixture
def build(bases):
    """Make a model of some settings, few visual tokens an image."""
    from rewardsvc.core.vlm.building import build as make
    from rewardsvc.core.vlm.settings import VlmSettings

    def built(family="qwen2.5-vl", *, seed=1, **settings):
        import torch

        torch.manual_seed(seed)
        words = {k: v for k, v in tiny.PROMPTS.items() if k != "suffix"}
        data = SimpleNamespace(dimensions=tuple(words), rubric=RUBRIC)
        options = {"base": str(bases[family]), "tokens": 9, "head_dropout": 0.0, **settings}
        model = make(VlmSettings(**options), data)
        with torch.no_grad():
            for parameter in model.network.heads.parameters():
                parameter.normal_(std=0.1)
            model.network.reward_rows.normal_()
        return model.eval()

    return built


def _levels():
    names = ("bad", "poor", "fair", "good")
    return [{"value": n, "name": name, "text": ""} for n, name in enumerate(names, 1)]


RUBRIC = {
    "dimensions": [
        {
            "slug": "quality",
            "name": "Quality",
            "levels": _levels(),
            "criteria": [{"name": "clean", "text": "no fault"}],
        },
        {"slug": "following", "name": "Following", "levels": _levels(), "criteria": []},
    ]
}
