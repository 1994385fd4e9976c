import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rewardsvc.core.compact.images import ImageCache
from rewardsvc.core.errors import CheckpointError, ImageError, TrainingError, TrainingStopped
from rewardsvc.core.predict import predict
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import EpochDone, StepDone, fit

ROOT = Path(__file__).parents[3]
# Trains until the first step of the second epoch is done, says so, and waits to be killed.
UNTIL_KILLED = """
import json, signal, sys
from pathlib import Path
import torch
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import StepDone, fit

folder, out, config, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
config = TrainConfig.from_json(json.loads(config))
data = build_data(read_snapshot(Path(folder)))
shas = [sha for t in data.triples for sha in (t.source_sha, t.edit_sha)]
images = config.images(shas, in_folder(Path(folder)))

def progress(event):
    if isinstance(event, StepDone) and event.epoch == 2:
        print("in the second epoch", flush=True)
        signal.pause()

fit(config, data, images, train_sources=data.train_sources,
    eval_sources=data.held_out_sources, out_dir=Path(out), progress=progress)
"""


def train(shapes, config, **settings):
    data = shapes.data
    defaults = {"train_sources": data.train_sources, "eval_sources": data.held_out_sources}
    return fit(config, data, shapes.images, **{**defaults, **settings})


@pytest.fixture(scope="module")
def whole(shapes, tiny):
    """An uninterrupted run that keeps nothing."""
    return train(shapes, tiny)


def same_weights(a, b):
    first, second = a.state_dict(), b.state_dict()
    assert first.keys() == second.keys()
    return all(torch.equal(value, second[name]) for name, value in first.items())


def figures(history):
    return [(e.epoch, e.loss, e.held_out_accuracy, e.held_out_log_loss) for e in history]


def test_the_same_settings_give_the_same_weights_and_history(shapes, tiny, whole):
    again = train(shapes, tiny)
    assert same_weights(again.model, whole.model)
    assert figures(again.history) == figures(whole.history)


def test_another_seed_gives_other_weights(shapes, tiny, whole):
    assert not same_weights(train(shapes, replace(tiny, seed=6)).model, whole.model)


def test_the_trained_model_has_changed_and_is_finite(shapes, tiny, whole):
    short = train(shapes, replace(tiny, epochs=1))
    assert not same_weights(short.model, whole.model)
    assert all(torch.isfinite(value).all() for value in whole.model.state_dict().values())
    assert not whole.model.training


def test_training_leaves_the_random_state_of_the_process_alone(shapes, tiny):
    before = torch.random.get_rng_state()
    train(shapes, replace(tiny, epochs=1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


def test_progress_reports_every_step_and_epoch_in_order(shapes, tiny):
    events = []
    config = replace(tiny, epochs=2)
    result = train(shapes, config, progress=events.append)
    n_steps = -(-len(shapes.data.train_sources) // config.batch_items)
    steps = [(e.epoch, e.step, e.steps) for e in events if isinstance(e, StepDone)]
    assert steps == [(e, s, n_steps) for e in (1, 2) for s in range(1, n_steps + 1)]
    epochs = [e for e in events if isinstance(e, EpochDone)]
    assert tuple(epochs) == result.history
    held = shapes.data.pairs_of(shapes.data.held_out_sources)
    assert {e.held_out_pairs for e in epochs} == {int(np.count_nonzero(held.outcome))}


@pytest.mark.faults
def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(shapes, tiny, whole, tmp_path):
    config, out = json.dumps(tiny.to_json()), tmp_path / "run"
    arguments = [str(shapes.folder), str(out), config, str(torch.get_num_threads())]
    with subprocess.Popen(
        [sys.executable, "-c", UNTIL_KILLED, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout.readline() == "in the second epoch\n"
        finally:
            os.kill(child.pid, signal.SIGKILL)
        assert child.wait(10) == -signal.SIGKILL
    events = []
    resumed = train(shapes, tiny, out_dir=out, progress=events.append)
    assert [e.epoch for e in events if isinstance(e, EpochDone)] == [2, 3]
    assert same_weights(resumed.model, whole.model)
    assert figures(resumed.history) == figures(whole.history)


def test_a_stopped_run_keeps_its_last_epoch_and_resumes(shapes, tiny, whole, tmp_path):
    done = []
    with pytest.raises(TrainingStopped, match="epoch 3 of 3"):
        train(
            shapes,
            tiny,
            out_dir=tmp_path,
            progress=done.append,
            should_stop=lambda: sum(isinstance(e, EpochDone) for e in done) == 2,
        )
    resumed = train(shapes, tiny, out_dir=tmp_path)
    assert same_weights(resumed.model, whole.model)


def test_a_finished_run_is_not_trained_again(shapes, tiny, whole, tmp_path):
    train(shapes, tiny, out_dir=tmp_path)
    events = []
    again = train(shapes, tiny, out_dir=tmp_path, progress=events.append)
    assert events == []
    assert same_weights(again.model, whole.model)


@pytest.mark.parametrize("change", [{"lr": 1e-3}, {"seed": 9}, {"epochs": 2}])
def test_the_state_of_a_run_with_other_settings_is_refused(shapes, tiny, tmp_path, change):
    train(shapes, replace(tiny, epochs=1), out_dir=tmp_path)
    (state,) = tmp_path.iterdir()
    before = state.read_bytes()
    with pytest.raises(CheckpointError, match="other data, sources or settings") as refused:
        train(shapes, replace(tiny, **{"epochs": 1, **change}), out_dir=tmp_path)
    assert str(state) in str(refused.value)
    assert state.read_bytes() == before


def test_the_state_of_a_run_on_other_sources_is_refused(shapes, tiny, tmp_path):
    config = replace(tiny, epochs=1)
    train(shapes, config, out_dir=tmp_path)
    with pytest.raises(CheckpointError, match="other data, sources or settings"):
        train(shapes, config, out_dir=tmp_path, train_sources=shapes.data.train_sources[1:])


def test_a_truncated_state_is_refused_by_name(shapes, tiny, tmp_path):
    config = replace(tiny, epochs=1)
    train(shapes, config, out_dir=tmp_path)
    (state,) = tmp_path.iterdir()
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="cannot be read") as refused:
        train(shapes, config, out_dir=tmp_path)
    assert str(state) in str(refused.value)


def test_a_source_both_trained_and_evaluated_on_is_refused(shapes, tiny, tmp_path):
    both = shapes.data.train_sources[0]
    with pytest.raises(TrainingError, match=f"source {both} is both"):
        train(shapes, tiny, eval_sources=[both], out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_images_of_another_size_are_refused_by_both_sizes(shapes, tiny, whole, tmp_path):
    config = replace(tiny, model=replace(tiny.model, image_size=96))
    with pytest.raises(ImageError, match="loaded at 64 pixels, the model reads 96"):
        train(shapes, config, out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []
    smaller = replace(shapes.images, pixels=shapes.images.pixels[:, :, :48, :48])
    with pytest.raises(ImageError, match="loaded at 48 pixels, the model reads 64"):
        predict(whole.model, shapes.data, smaller, [0])


def test_an_image_that_was_not_loaded_is_refused_by_name(shapes, tiny):
    missing = shapes.data.triples[0].edit_sha
    index = {sha: row for sha, row in shapes.images.index.items() if sha != missing}
    with pytest.raises(ImageError, match=f"image {missing} was not loaded"):
        fit(
            tiny,
            shapes.data,
            ImageCache(shapes.images.pixels, index),
            train_sources=shapes.data.sources,
        )


def test_no_judged_pair_is_refused(shapes, tiny):
    with pytest.raises(TrainingError, match="no judged pair"):
        train(shapes, tiny, train_sources=[])


def test_nothing_but_ties_is_refused(shapes, tiny):
    pairs = shapes.data.pairs
    tied = replace(shapes.data, pairs=replace(pairs, outcome=np.zeros_like(pairs.outcome)))
    n = len(tied.pairs_of(tied.train_sources))
    with pytest.raises(TrainingError, match=f"all {n} pairs to train on are ties"):
        fit(tiny, tied, shapes.images, train_sources=tied.train_sources)


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_nothing(shapes, tiny, tmp_path):
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) in epoch 1, step \d"):
        train(shapes, replace(tiny, lr=1e30), out_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_settings_survive_json(tiny):
    assert TrainConfig.from_json(tiny.to_json()) == tiny


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"learning_rate": 1}, "unknown training setting 'learning_rate'"),
        ({"objective": {"strength": 1}}, "'objective.strength'"),
        ({"objective": {"loss": "hinge"}}, "unknown loss 'hinge'"),
        ({"objective": {"ties": "both"}}, "unknown ties 'both'"),
        ({"objective": {"ties": "model"}}, "ties are 'model' and the loss nll_expected"),
        ({"objective": {"loss": "davidson"}}, "ties are 'half' and the loss davidson"),
        ({"objective": {"fusion": "max"}}, "unknown fusion 'max'"),
        ({"objective": {"margin": 1, "loss": "bradley_terry"}}, "margin goes with expected_nll"),
        (
            {"objective": {"loss": "rao_kupper", "ties": "model", "tie_parameter": 0}},
            "tie_parameter is 0, expected above 0",
        ),
        ({"objective": {"pair_weight": 0, "dimension_weight": 0}}, "nothing to learn"),
        ({"objective": {"vote_confidence": 1}}, "vote_confidence is 1"),
        ({"epochs": 0}, "epochs is 0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"lr": "fast"}, "lr is 'fast'"),
        ({"model": {"members": 0}}, "members is 0"),
        ({"model": {"dropout": 1.5}}, "dropout is 1.5"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"model": {"image_size": 32}}, "image_size is 32"),
        ({"model": {"image_size": 40}}, "image_size is 40"),
        ({"ema": 1}, "ema is 1"),
        ({"augment": "no"}, "augment is 'no'"),
        ({"lr": True}, "lr is True"),
        ({"seed": 2**64}, "seed is 18446744073709551616"),
        ({"objective": 5}, "objective is 5"),
        ({"objective": {"loss": []}}, r"unknown loss \[\]"),
        ({"objective": {"pair_weight": "heavy"}}, "pair_weight is 'heavy'"),
        ({"image_size": 64}, "unknown training setting 'image_size'"),
        ({"model": {"depth": 3}}, "unknown training setting 'model.depth'"),
        ({"backbone": "qwen3-vl"}, "the training setting 'model.base' is missing"),
        ({"backbone": "huge"}, "backbone is 'huge', expected one of compact, qwen2.5-vl"),
        ({"micro_items": 0}, "micro_items is 0"),
        ([], "must be a JSON object"),
    ],
)
def test_an_invalid_setting_is_refused_by_name(settings, named):
    with pytest.raises(TrainingError, match=named):
        TrainConfig.from_json(settings)
