"""A vision-language model goes through the same training, files and scoring as the compact one."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rewardsvc.core import checkpoint
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.errors import CheckpointError, TrainingError
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.batches import Loader
from rewardsvc.core.training.objective import total_loss
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import EpochDone, fit
from tests.rewardsvc.core.snapshots import make_snapshot


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn") / "snapshot"
    make_snapshot(folder, n_items=3, seed=3)
    return folder, build_data(read_snapshot(folder))


def config(bases, family="qwen2.5-vl", *, epochs=1, lr=1e-3, **model):
    options = {"base": str(bases[family]), "tokens": 9, "head_dropout": 0.0, **model}
    return TrainConfig.from_json(
        {"epochs": epochs, "batch_items": 2, "lr": lr, "model": options}, backbone=family
    )


def train(drawn, settings, **options):
    folder, data = drawn
    shas = {sha for t in data.triples for sha in (t.source_sha, t.edit_sha)}
    images = settings.images(shas, in_folder(folder))
    return fit(settings, data, images, train_sources=data.train_sources, **options)


def card(settings):
    return checkpoint.ModelCard("0" * 64, ("1",), "test", training=settings.to_json())


@pytest.mark.parametrize(
    ("family", "model"),
    [
        ("qwen2.5-vl", {"tuning": "full"}),
        ("qwen2.5-vl", {"tuning": "full", "vision": False, "layout": "released"}),
        ("qwen2.5-vl", {"tuning": "lora", "lora_rank": 2}),
        ("qwen2.5-vl", {"tuning": "frozen", "gradient_checkpointing": True}),
        ("qwen3-vl", {"tuning": "full", "precision": "bfloat16", "heads": "shared"}),
        ("qwen3-vl", {"tuning": "lora", "heads": "single", "vision": False}),
    ],
)
def test_training_changes_what_is_tuned_and_a_checkpoint_keeps_it(  # noqa: PLR0917
    bases, drawn, triples, tmp_path, family, model
):
    settings = config(bases, family, **model)
    torch.manual_seed(settings.seed)
    before = settings.network(drawn[1])
    result = train(drawn, settings)
    table = "network.backbone.language_model.embed_tokens.weight"
    state, start = result.model.state_dict(), before.state_dict()
    assert torch.equal(state[table], start[table])
    assert not torch.equal(state["network.reward_rows"], start["network.reward_rows"])
    tuned = {n for n, v in start.items() if not torch.equal(v, state[n]) and "heads" not in n}
    tuned -= {"network.reward_rows", "network.covariance"}
    learns = model.get("tuning") != "frozen"
    assert any("language_model" in n for n in tuned) == learns
    assert any("visual" in n for n in tuned) == (learns and model.get("vision", True))
    if model.get("tuning") == "lora":
        assert all("lora_" in n for n in tuned)

    checkpoint.save(tmp_path, result.model, card(settings))
    held = load_file(tmp_path / checkpoint.WEIGHTS)
    assert table not in held
    scorer = checkpoint.load_reward_model(tmp_path)
    assert scorer.dimensions == drawn[1].dimensions
    kept = checkpoint.RewardScorer(result.model.eval(), {}, "cpu")
    assert (scorer.score(triples)["epistemic"] > 0).all()
    for name, value in kept.score(triples).items():
        np.testing.assert_allclose(scorer.score(triples)[name], value, atol=1e-5)


def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(bases, drawn, tmp_path):
    settings = config(bases, tuning="lora", lora_dropout=0.1, epochs=3)
    whole = train(drawn, settings)

    class Killed(Exception):
        pass

    def kill(event):
        if isinstance(event, EpochDone) and event.epoch == 3:
            raise Killed

    with pytest.raises(Killed):
        train(drawn, settings, out_dir=tmp_path, progress=kill)
    resumed = train(drawn, settings, out_dir=tmp_path)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], value), name


def test_the_parts_of_a_step_add_up_to_its_gradients(bases, drawn):
    folder, data = drawn
    settings = config(bases)
    objective = replace(settings.objective, negative_instruction_weight=0.0, dimension_weight=0.0)
    model = settings.network(data).double()
    images = settings.images(
        {t.source_sha for t in data.triples} | {t.edit_sha for t in data.triples}, in_folder(folder)
    )
    found = []
    for micro in (None, 1):
        model.zero_grad()
        loader = Loader(data, data.pairs, images, items=3, micro=micro)
        generator = torch.Generator().manual_seed(0)
        (parts,) = loader.epoch(model, generator, augment=False)
        assert len(parts) == (1 if micro is None else 3)
        for part in parts:
            loss = total_loss(objective, model, part.batch, part.targets, generator)
            (loss * part.share).backward()
        grads = (p.grad for p in model.parameters() if p.grad is not None)
        found.append(torch.cat([g.flatten() for g in grads]))
    torch.testing.assert_close(found[1], found[0], rtol=1e-6, atol=1e-7)


def test_a_run_starts_from_an_earlier_model_and_refuses_another_kind(bases, drawn, tmp_path):
    settings = config(bases, lr=1e-9)
    first = train(drawn, config(bases, lr=1e-3))
    checkpoint.save(tmp_path / "first", first.model, card(settings))
    second = train(drawn, settings, start=tmp_path / "first")
    for name, value in first.model.state_dict().items():
        torch.testing.assert_close(second.model.state_dict()[name], value, atol=1e-6, rtol=0)
    with pytest.raises(TrainingError, match="was made with other settings"):
        train(drawn, config(bases, heads="shared"), start=tmp_path / "first")
    with pytest.raises(TrainingError, match="another backbone"):
        train(drawn, TrainConfig(), start=tmp_path / "first")


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda sidecar: sidecar["model"]["settings"].update(heads="many"), "heads is 'many'"),
        (lambda sidecar: sidecar["model"].pop("settings"), "'model.settings' is missing"),
        (
            lambda sidecar: sidecar["model"]["settings"].update(base="/nowhere/base"),
            "/nowhere/base",
        ),
        (lambda sidecar: sidecar.update(dimensions=["one"]), "dimensions is \\['one'\\]"),
        (lambda sidecar: sidecar["model"]["settings"].update(heads="shared"), "is missing"),
    ],
)
def test_a_spoiled_sidecar_is_refused_by_name(bases, drawn, tmp_path, spoil, named):
    settings = config(bases, tuning="frozen")
    checkpoint.save(tmp_path, settings.network(drawn[1]), card(settings))
    path = tmp_path / checkpoint.SIDECAR
    sidecar = json.loads(path.read_text())
    spoil(sidecar)
    path.write_text(json.dumps(sidecar))
    with pytest.raises(CheckpointError, match=named):
        checkpoint.load_reward_model(tmp_path)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ({}, "base"),
        ({"base": ""}, "base is ''"),
        ({"base": "x", "tuning": "some"}, "tuning is 'some'"),
        ({"base": "x", "start": "y"}, "start needs prompts"),
        ({"base": "x", "attention": "flash_attention_2"}, "released layout only"),
        ({"base": "x", "lora_rank": 0}, "lora_rank is 0"),
        ({"base": "x", "sequential": "yes"}, "sequential is 'yes'"),
    ],
)
def test_invalid_settings_are_refused_by_name(model, named):
    with pytest.raises(TrainingError, match=named):
        TrainConfig.from_json({"model": model}, backbone="qwen3-vl")


def test_a_snapshot_without_a_rubric_gives_no_prompts(bases, drawn):
    with pytest.raises(TrainingError, match="holds no rubric"):
        config(bases).network(replace(drawn[1], rubric={}))
