"""A model that cannot tell edits apart says so when it is loaded, or at its first batch."""

import logging
import re
from dataclasses import replace

import pytest
import torch

from rewardsvc.core import checkpoint
from rewardsvc.core.checkpoint import load_reward_model
from rewardsvc.core.compact.config import CompactConfig
from rewardsvc.core.compact.model import CompactRewardModel
from rewardsvc.core.training.train import FirstBatch, fit
from tests.rewardsvc.core.test_checkpoint import CARD
from tests.rewardsvc.core.test_presentation import WISH


@pytest.fixture
def pictures(shapes):
    """A source and three different edits."""
    images = shapes.folder / "images"
    one = [t for t in shapes.data.triples if t.item == shapes.data.triples[0].item]
    return [(images / t.source_sha, images / t.edit_sha, WISH) for t in one[:3]]


def loaded(folder, change):
    model = CompactRewardModel(CompactConfig(dimensions=("one",), image_size=64, widths=()))
    model.is_normalized = True
    with torch.no_grad():
        change(model)
    checkpoint.save(folder, model, CARD)
    return load_reward_model(folder)


def test_a_sound_model_says_nothing(tmp_path, pictures, caplog):
    scorer = loaded(tmp_path / "model", lambda _: None)
    scorer.score(pictures)
    assert scorer.notes == []
    assert not caplog.records


def test_a_head_of_zeros_is_noted_at_load_and_its_constant_reward_at_the_first_batch(
    tmp_path, pictures, caplog
):
    caplog.set_level(logging.WARNING)
    scorer = loaded(tmp_path / "model", lambda model: model.answer.weight.zero_())
    (note,) = scorer.notes
    assert "head are all zero (answer.weight)" in note
    scorer.score(pictures[:1])
    assert len(scorer.notes) == 1
    scorer.score(pictures)
    scorer.score([(edit, source, wish) for source, edit, wish in pictures])
    # The first edit's reward was kept from before.
    assert scorer.notes[1:] == ["its reward is the same for all 2 edits of the first batch"]
    assert [record.args for record in caplog.records] == [(note,) for note in scorer.notes]


def test_a_constant_reward_is_noted_whatever_makes_it_so(tmp_path, pictures):
    scorer = loaded(tmp_path / "model", lambda model: model.mix.weight.zero_())
    assert scorer.notes == []
    scorer.score(pictures)
    assert scorer.notes == ["its reward is the same for all 3 edits of the first batch"]


def trained_from(folder, change, shapes, tiny):
    """Train an epoch further from a changed model, the same each time; return the events."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = tiny.network(shapes.data)
    model.is_normalized = True
    with torch.no_grad():
        change(model)
    checkpoint.save(folder, model, CARD)
    events = []
    sources = shapes.data.train_sources[:2]
    config = replace(tiny, epochs=1)
    fit(
        config,
        shapes.data,
        shapes.images,
        train_sources=sources,
        start=folder,
        progress=events.append,
    )
    return events


def test_a_training_says_before_its_first_step_that_its_head_and_reward_tell_nothing(
    shapes, tiny, tmp_path
):
    events = trained_from(tmp_path / "m", lambda m: m.answer.weight.zero_(), shapes, tiny)
    assert isinstance(events[0], FirstBatch)
    assert [type(event) for event in events[1:]].count(FirstBatch) == 0
    head, reward = events[0].notes
    assert "head are all zero (answer.weight)" in head
    assert re.fullmatch(r"its reward is the same for all \d+ edits of the first batch", reward)


def test_a_training_of_a_sound_model_says_nothing_and_draws_no_random_number(
    shapes, tiny, tmp_path, monkeypatch
):
    events = trained_from(tmp_path / "m", lambda _: None, shapes, tiny)
    assert FirstBatch not in map(type, events)
    monkeypatch.setattr("rewardsvc.core.training.train.notes_at_first_batch", lambda *_, **__: [])
    without = trained_from(tmp_path / "n", lambda _: None, shapes, tiny)
    assert [e.loss for e in events] == [e.loss for e in without]
