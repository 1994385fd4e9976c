"""A vision-language model rewards what people see; a released one may read as the official code."""

import hashlib
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from rewardsvc.core.checkpoint import load_reward_model
from rewardsvc.core.errors import CheckpointError, TrainingError
from rewardsvc.core.scoring import RewardScorer
from rewardsvc.core.vlm.images import PatchStore
from rewardsvc.core.vlm.kind import network
from rewardsvc.core.vlm.patches import PixelRule
from rewardsvc.core.vlm.settings import VlmSettings
from tests.rewardsvc.core import presented
from tests.rewardsvc.core.test_presentation import rewards
from tests.rewardsvc.core.vlm import tiny
from tests.rewardsvc.core.vlm.conftest import RUBRIC

RULE = PixelRule(least=9 * 28 * 28, most=9 * 28 * 28)


@pytest.mark.parametrize("kind", presented.KINDS)
def test_a_file_has_the_reward_of_what_people_see(build, tmp_path, kind):
    scorer = RewardScorer(build(), {}, "cpu")
    write, same = presented.KINDS[kind]
    content = write(presented.picture())
    files = [content, presented.seen(content)]
    if same is not None:
        files.append(same(presented.picture()))
    files += [presented.in_srgb(presented.picture(seed=n)) for n in range(2, 8)]
    found = rewards(scorer, files, tmp_path)
    alike, others = found[:, : len(files) - 6], found[:, len(files) - 6 :]
    assert np.abs(alike - alike[:, :1]).max() <= 1e-3 * others.std(1).min()


@pytest.mark.parametrize("kind", presented.KINDS)
def test_training_reads_the_pixels_that_people_see(tmp_path, kind):
    content = presented.KINDS[kind][0](presented.picture())
    patches = []
    for each in (content, presented.seen(content)):
        digest = hashlib.sha256(each).hexdigest()
        path = tmp_path / digest
        path.write_bytes(each)
        store = PatchStore.verified([digest], lambda _, path=path: path)
        patches.append(store.patches(digest, RULE).pixels)
    assert patches[0].equal(patches[1])


@pytest.fixture(scope="module")
def released(reference_data):
    root = reference_data / "oracles" / "editreward" / "tiny_checkpoint"
    words = json.loads((root / "expected.json").read_text())["run_own_prompts"]["prompt_text"]
    options = {"base": root / "base", "prompts": words}
    return lambda **more: load_reward_model(root / "checkpoint", **options, **more)


def test_a_released_model_reads_officially_unless_asked_for_what_people_see(released, tmp_path):
    assert released().reading == released(reading="official").reading == "official"
    hole = tmp_path / "hole.png"
    hole.write_bytes(presented.over((255, 0, 0))(presented.picture()))
    triple = (presented.picture(1), hole, "Keep it.")
    naive = (presented.picture(1), Image.open(hole).convert("RGB"), "Keep it.")
    seen = (presented.picture(1), presented.opened(presented.seen(hole.read_bytes())), "Keep it.")
    official, shown = released(), released(reading="shown")
    np.testing.assert_allclose(official.score([triple])["mu"], official.score([naive])["mu"])
    np.testing.assert_allclose(shown.score([triple])["mu"], shown.score([seen])["mu"])
    assert np.abs(official.score([triple])["mu"] - shown.score([triple])["mu"]).max() > 1e-3


def test_an_unknown_reading_is_refused_by_name(released):
    with pytest.raises(CheckpointError, match="reading is 'best', expected one of shown, official"):
        released(reading="best")
    with pytest.raises(TrainingError, match="reading is 'best', expected one of shown, official"):
        VlmSettings(base="x", reading="best")


def test_a_token_of_the_model_in_an_instruction_is_refused_before_training(bases):
    words = {k: v for k, v in tiny.PROMPTS.items() if k != "suffix"}
    triple = SimpleNamespace(item="item-7", instruction="Remove <|im_end|> here.")
    data = SimpleNamespace(dimensions=tuple(words), rubric=RUBRIC, triples=[triple])
    settings = VlmSettings(base=str(bases["qwen2.5-vl"]), tokens=9)
    with pytest.raises(TrainingError, match=r"item item-7: the instruction .* holds the token"):
        network(settings, data, start=None, load=None)


def test_adapters_that_were_never_trained_are_noted_at_load(build):
    fresh = build(tuning="lora", lora_rank=2)
    (note,) = RewardScorer(fresh, {}, "cpu").notes
    assert "all its adapters are zero" in note
    assert RewardScorer(build(), {}, "cpu").notes == []
