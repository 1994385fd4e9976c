import json

import numpy as np
import pytest
from PIL import Image

from rewardsvc.core import checkpoint
from rewardsvc.core.checkpoint import SIDECAR, WEIGHTS, ModelCard, load_reward_model
from rewardsvc.core.compact.config import CompactConfig
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.core.errors import CheckpointError, ImageError
from rewardsvc.core.predict import predict
from rewardsvc.core.training.train import fit
from tests.rewardsvc.core.snapshots import DIMENSIONS

CARD = ModelCard("f" * 64, ("1",), "0.1.0", training={"epochs": 3}, metrics={"accuracy": 0.5})


@pytest.fixture(scope="module")
def model(shapes, tiny):
    return fit(tiny, shapes.data, shapes.images, train_sources=shapes.data.train_sources).model


@pytest.fixture
def folder(tmp_path, model):
    checkpoint.save(tmp_path / "model", model, CARD)
    return tmp_path / "model"


@pytest.fixture
def triples(shapes):
    images = shapes.folder / "images"
    return [
        (images / t.source_sha, images / t.edit_sha, t.instruction) for t in shapes.data.triples
    ]


def test_a_saved_model_scores_as_it_did_in_memory(shapes, model, folder, triples):
    rows = range(len(shapes.data.triples))
    expected = predict(model, shapes.data, shapes.images, rows)
    scores = load_reward_model(folder).score(triples)
    np.testing.assert_allclose(scores["mu"], expected.mu, atol=1e-5)
    np.testing.assert_allclose(scores["log_sigma"], expected.log_sigma, atol=1e-5)
    assert np.ptp(scores["reward"]) > 1e-3  # not one constant, which would equal itself


def test_loading_gives_the_very_weights_and_card_that_were_saved(model, folder):
    loaded, sidecar = checkpoint.load(folder)
    kept = loaded.state_dict()
    assert kept.keys() == model.state_dict().keys()
    assert all((value == kept[name]).all() for name, value in model.state_dict().items())
    assert loaded.config == model.config
    assert sidecar["snapshot_sha256"] == CARD.snapshot_sha256
    assert sidecar["training"] == {"epochs": 3}
    assert sidecar["metrics"] == {"accuracy": 0.5}
    assert sidecar["dimensions"] == DIMENSIONS


def test_tensor_names_of_stored_checkpoints_stay_as_they_are():
    config = CompactConfig(dimensions=("following",), text_buckets=2, text_width=4)
    names = set(CompactRewardModel(config).state_dict())
    layers = {name.split(".")[0] for name in names}
    assert layers == {"middle", "scale", "bag", "norm", "measure", "weigh", "mix", "answer", "eye"}
    convolutions = {".".join(name.split(".")[:2]) for name in names if name.startswith("eye.")}
    assert convolutions == {"eye.image", "eye.pair", "eye.modulate", "eye.answer"}


def test_saving_leaves_the_weights_and_the_sidecar_and_nothing_else(model, folder):
    checkpoint.save(folder, model, CARD)
    assert sorted(path.name for path in folder.iterdir()) == sorted([WEIGHTS, SIDECAR])


def test_scores_have_a_row_per_triple_and_fuse_the_dimensions(folder, triples):
    scores = load_reward_model(folder).score(triples[:5])
    assert {name: value.shape for name, value in scores.items()} == {
        "mu": (5, 2),
        "log_sigma": (5, 2),
        "reward": (5,),
        "log_sigma_fused": (5,),
        "epistemic": (5,),
    }
    np.testing.assert_allclose(scores["reward"], scores["mu"].mean(1))
    np.testing.assert_allclose(scores["log_sigma_fused"], scores["log_sigma"].mean(1))
    assert (scores["epistemic"] > 0).all()  # two members never agree to the last bit


def test_no_triple_gives_no_row(folder):
    scores = load_reward_model(folder).score([])
    assert scores["mu"].shape == (0, 2)
    assert scores["reward"].shape == (0,)


def test_the_weights_file_names_the_same_model_as_its_folder(folder, triples):
    by_folder = load_reward_model(str(folder)).score(triples[:3])
    by_file = load_reward_model(folder / WEIGHTS).score(triples[:3])
    for name, value in by_folder.items():
        np.testing.assert_array_equal(by_file[name], value)
    assert load_reward_model(folder).dimensions == tuple(DIMENSIONS)


def test_a_batch_scores_as_its_triples_do_one_by_one(folder, triples):
    scorer = load_reward_model(folder)
    many = triples + [(a, b, f"{wish} at night") for a, b, wish in triples[::-1]]
    assert len(scorer.model.portions(many, None)) > 1
    together = scorer.score(many)
    other = load_reward_model(folder)
    alone = [other.score([triple]) for triple in many]
    for name, value in together.items():
        np.testing.assert_allclose(np.concatenate([s[name] for s in alone]), value, atol=1e-5)


def test_an_open_picture_scores_as_its_path(folder, triples):
    scorer = load_reward_model(folder)
    source, edited, instruction = triples[0]
    with Image.open(source) as before, Image.open(edited) as after:
        opened = scorer.score([(before, after, instruction)])
    np.testing.assert_array_equal(opened["mu"], scorer.score(triples[:1])["mu"])


@pytest.mark.parametrize("name", [WEIGHTS, SIDECAR])
def test_a_missing_part_is_refused_by_name(folder, name):
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=f"cannot read .*{name}|has no {name} beside it"):
        load_reward_model(folder)


def test_a_folder_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(CheckpointError, match="no reward model at") as refused:
        load_reward_model(tmp_path / "elsewhere")
    assert str(tmp_path / "elsewhere") in str(refused.value)


def test_truncated_weights_are_refused_by_name(folder):
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="cannot read the weights") as refused:
        load_reward_model(folder)
    assert str(path) in str(refused.value)


def test_another_format_is_refused_by_both_names(folder):
    rewrite(folder, format="editjury-reward-model/9")
    with pytest.raises(CheckpointError, match="'editjury-reward-model/9', expected") as refused:
        load_reward_model(folder)
    assert str(folder / SIDECAR) in str(refused.value)
    assert checkpoint.FORMAT in str(refused.value)


def test_a_sidecar_that_is_not_json_is_refused_by_name(folder):
    (folder / SIDECAR).write_text("{")
    with pytest.raises(CheckpointError, match="is not JSON"):
        load_reward_model(folder)


def test_weights_of_another_shape_are_refused_by_name(folder, model):
    rewrite(folder, model={**model.config.to_json(), "reader_width": 8})
    with pytest.raises(CheckpointError, match="does not fit") as refused:
        load_reward_model(folder)
    assert str(folder / WEIGHTS) in str(refused.value)


def test_an_unknown_model_setting_is_refused_by_name(folder, model):
    rewrite(folder, model={**model.config.to_json(), "depth": 8})
    with pytest.raises(CheckpointError, match=r"unknown key 'model\.depth'"):
        load_reward_model(folder)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot read the image"), (b"GIF?", "cannot be decoded")]
)
def test_an_unreadable_image_is_refused_by_name(folder, triples, tmp_path, content, reason):
    path = tmp_path / "broken.png"
    if content is not None:
        path.write_bytes(content)
    source, _, instruction = triples[0]
    with pytest.raises(ImageError, match=reason) as refused:
        load_reward_model(folder).score([triples[1], (source, path, instruction)])
    assert str(path) in str(refused.value)


def rewrite(folder, **changes):
    sidecar = json.loads((folder / SIDECAR).read_text())
    (folder / SIDECAR).write_text(json.dumps({**sidecar, **changes}))
