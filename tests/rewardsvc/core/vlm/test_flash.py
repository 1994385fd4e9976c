"""Flash attention: whole sequences of one length at a time, refused where it cannot run."""

import itertools
import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from rewardsvc.core import checkpoint
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.errors import RewardError, TrainingError
from rewardsvc.core.scoring import RewardScorer
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.vlm.settings import FLASH
from tests.rewardsvc.core.snapshots import make_snapshot


def kernel(module, query, key, value, attention_mask, **options):
    """What the kernels compute: causal rows without any mask, or separate stretches of one row."""
    assert attention_mask is None, "padding reached the kernel"
    repeats = query.shape[1] // key.shape[1]
    key, value = (each.repeat_interleave(repeats, 1) for each in (key, value))
    if (ends := options.get("cu_seq_lens_q")) is None:
        ends = [0, query.shape[2]]
    is_causal = options.get("is_causal")
    causal = module.is_causal if is_causal is None else is_causal
    parts = [
        functional.scaled_dot_product_attention(
            *(each[:, :, int(a) : int(b)] for each in (query, key, value)),
            is_causal=causal,
            scale=options.get("scaling"),
        )
        for a, b in itertools.pairwise(ends)
    ]
    return torch.cat(parts, 2).transpose(1, 2), None


@pytest.fixture
def flash(monkeypatch):
    """Switch a model to flash attention, its kernel computed by plain torch."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    monkeypatch.setitem(ALL_ATTENTION_FUNCTIONS, FLASH, kernel)

    def switched(model):
        for part in (model.network.backbone.visual, model.network.backbone.language_model):
            part.config._attn_implementation = FLASH
        model.share = False
        return model

    return switched


@pytest.mark.parametrize("family", ["qwen2.5-vl", "qwen3-vl"])
def test_rows_of_different_lengths_reach_the_kernel_without_padding(build, triples, flash, family):
    plain, other = build(family, layout="released"), build(family, layout="released")
    wanted = RewardScorer(plain, {}, "cpu").score(triples)
    found = RewardScorer(flash(other), {}, "cpu").score(triples)
    for name in ("mu", "log_sigma"):
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-4)
    assert np.ptp(wanted["reward"]) > 1e-3


def test_shared_prefixes_are_refused_under_flash_attention(build, triples, flash):
    model = flash(build(layout="released"))
    model.share = True
    with pytest.raises(RewardError, match="cannot share beginnings"):
        RewardScorer(model, {}, "cpu").score(triples)


@pytest.fixture
def drawn(tmp_path):
    make_snapshot(tmp_path / "snapshot", n_items=2, seed=3)
    return build_data(read_snapshot(tmp_path / "snapshot"))


def settings(bases, **model):
    options = {"base": str(bases["qwen2.5-vl"]), "tokens": 9, "layout": "released", **model}
    return TrainConfig.from_json({"model": options}, backbone="qwen2.5-vl")


def test_flash_attention_is_refused_by_name_where_it_cannot_run(bases, drawn, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TrainingError, match="needs the package flash_attn and an NVIDIA GPU"):
        settings(bases, attention=FLASH, precision="bfloat16").network(drawn)
    with pytest.raises(TrainingError, match="precision bfloat16 only"):
        settings(bases, attention=FLASH)


def test_a_model_trained_with_flash_attention_scores_where_there_is_none(
    bases, drawn, triples, tmp_path
):
    model = settings(bases, precision="bfloat16", tuning="frozen").network(drawn)
    place = tmp_path / "model"
    checkpoint.save(place, model, checkpoint.ModelCard("0" * 64, ("1",), "test"))
    path = place / checkpoint.SIDECAR
    sidecar = json.loads(path.read_text())
    sidecar["model"]["settings"]["attention"] = FLASH
    path.write_text(json.dumps(sidecar))
    scores = checkpoint.load_reward_model(place).score(triples)
    assert np.isfinite(scores["mu"]).all()
