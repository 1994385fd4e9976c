"""Reward models whose sidecar or weights are not what they should be: refused by file and field."""

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file, save_file

from rewardsvc.core import checkpoint
from rewardsvc.core.checkpoint import SIDECAR, WEIGHTS, ModelCard, load_reward_model
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.core.errors import CheckpointError

OTHERS = st.sampled_from([None, True, -1, 7, 1.5, 2**40, 10**30, "", "x", [], [3], ["x"], {}])


@pytest.fixture(scope="module")
def good(tmp_path_factory, tiny):
    """A model's folder, to be put right again by `rewrite` and `reweigh`."""
    folder = tmp_path_factory.mktemp("good") / "model"
    with torch.random.fork_rng():
        model = CompactRewardModel(tiny.model.config(("quality", "following")))
    checkpoint.save(folder, model, ModelCard("f" * 64, ("1",), "0.1.0"))
    return folder


@pytest.fixture
def folder(good):
    kept = {path: path.read_bytes() for path in good.iterdir()}
    yield good
    for path, content in kept.items():
        path.write_bytes(content)


def sidecar_of(folder):
    return json.loads((folder / SIDECAR).read_text())


def rewrite(folder, sidecar):
    (folder / SIDECAR).write_text(json.dumps(sidecar))


def reweigh(folder, **tensors):
    """Put tensors in place of a model's own; None takes one away."""
    weights = {**load_file(folder / WEIGHTS), **tensors}
    kept = {name: value for name, value in weights.items() if value is not None}
    (folder / WEIGHTS).unlink()
    save_file(kept, folder / WEIGHTS)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_sidecar_with_any_field_gone_or_retyped_is_read_or_refused_by_the_core(good, data):
    kept = sidecar_of(good)
    changed = json.loads(json.dumps(kept))
    paths = [(key,) for key in kept] + [("model", key) for key in kept["model"]]
    *outer, last = data.draw(st.sampled_from(paths))
    holder = changed[outer[0]] if outer else changed
    if data.draw(st.booleans()):
        del holder[last]
    else:
        holder[last] = data.draw(OTHERS)
    rewrite(good, changed)
    try:
        picture = Image.fromarray(np.full((64, 64, 3), 90, np.uint8))
        scores = load_reward_model(good).score([(picture, picture, "Make it red.")])
        assert np.isfinite(scores["reward"]).all()
    except CheckpointError as refused:
        assert str(good) in str(refused)  # noqa: PT017 - a score is as good an end
    finally:
        rewrite(good, kept)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("model", None, "model is None, expected an object"),
        ("backbone", "large", "backbone is 'large', expected one of 'compact'"),
        ("dimensions", ["other"], "dimensions is ['other'], model.dimensions ['quality', "),
        ("rubric_versions", "1", "rubric_versions is '1', expected a list"),
        ("fold", "first", "fold is 'first', expected a whole number"),
        ("model.dimensions", "ab", "model.dimensions is 'ab', expected a list"),
        ("model.dimensions", [], "model.dimensions is [], expected 1 or more names"),
        ("model.members", 0, "model.members is 0, expected 1 or more"),
        ("model.image_size", 40, "model.image_size is 40, expected a multiple of 16, 64 or more"),
        ("model.text_buckets", 1, "model.text_buckets is 1, expected 2 or more"),
        ("model.widths", [16, 32], "model.widths is [16, 32], expected 0 or 3 numbers"),
        ("model.widths", [16, 32, 41], "expected each a multiple of 8, 8 or more"),
        ("model.dropout", 1.5, "model.dropout is 1.5, expected 0 or more and less than 1"),
        ("model.dropout", "low", "model.dropout is 'low', expected a number"),
    ],
)
def test_a_mistyped_field_is_refused_by_file_and_name(folder, key, value, named):
    sidecar = sidecar_of(folder)
    *outer, last = key.split(".")
    (sidecar[outer[0]] if outer else sidecar)[last] = value
    rewrite(folder, sidecar)
    with pytest.raises(CheckpointError, match=re.escape(named)) as refused:
        load_reward_model(folder)
    assert str(folder / SIDECAR) in str(refused.value)


@pytest.mark.parametrize("key", ["model", "dimensions", "model.widths", "model.image_size"])
def test_a_missing_field_is_refused_by_file_and_name(folder, key):
    sidecar = sidecar_of(folder)
    *outer, last = key.split(".")
    del (sidecar[outer[0]] if outer else sidecar)[last]
    rewrite(folder, sidecar)
    with pytest.raises(CheckpointError, match=f"the key '{key}' is missing") as refused:
        load_reward_model(folder)
    assert str(folder / SIDECAR) in str(refused.value)


@pytest.mark.parametrize(
    ("name", "tensor", "named"),
    [
        ("mix.bias", None, "the tensor 'mix.bias' is missing"),
        ("extra", torch.zeros(2), "the tensor 'extra' is unknown"),
        ("norm.bias", torch.zeros(5), "the tensor 'norm.bias' is (5,), expected (32,)"),
        ("norm.bias", torch.zeros(32, dtype=torch.int64), "'norm.bias' is of torch.int64"),
        ("norm.bias", torch.full((32,), float("nan")), "the tensor 'norm.bias' is not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_file_and_tensor(folder, name, tensor, named):
    reweigh(folder, **{name: tensor})
    with pytest.raises(CheckpointError, match=re.escape(named)) as refused:
        load_reward_model(folder)
    assert str(folder / WEIGHTS) in str(refused.value)


def test_a_model_too_large_for_memory_is_refused_before_allocating_any(folder):
    sidecar = sidecar_of(folder)
    sidecar["model"]["text_buckets"] = 2**31 - 1  # more than a terabyte of weights
    rewrite(folder, sidecar)
    with pytest.raises(CheckpointError, match=re.escape("'bag.weight' is (4096, 64), expected")):
        load_reward_model(folder)
