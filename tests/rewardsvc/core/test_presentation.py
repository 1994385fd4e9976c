"""A compact model rewards the very picture that people see, whatever file it comes in."""

import hashlib

import numpy as np
import pytest
import torch

from rewardsvc.core import checkpoint
from rewardsvc.core.checkpoint import load_reward_model
from rewardsvc.core.compact.images import load_images
from rewardsvc.core.training.train import fit
from tests.rewardsvc.core import presented
from tests.rewardsvc.core.test_checkpoint import CARD

WISH = "Make the square blue."


@pytest.fixture(scope="module")
def scorer(shapes, tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("presented") / "model"
    trained = fit(tiny, shapes.data, shapes.images, train_sources=shapes.data.train_sources)
    checkpoint.save(folder, trained.model, CARD)
    return load_reward_model(folder)


@pytest.fixture(scope="module")
def spread(scorer, shapes):
    """The standard deviation of the reward over items."""
    images = shapes.folder / "images"
    triples = [
        (images / t.source_sha, images / t.edit_sha, t.instruction) for t in shapes.data.triples
    ]
    return float(scorer.score(triples)["reward"].std())


def rewards(scorer, files, folder):
    """The reward of each file as an edit of a plain source, and as the source of a plain edit."""
    plain = folder / "plain"
    plain.write_bytes(presented.in_srgb(presented.picture(seed=1)))
    paths = []
    for n, content in enumerate(files):
        paths.append(folder / str(n))
        paths[-1].write_bytes(content)
    triples = [(plain, path, WISH) for path in paths] + [(path, plain, WISH) for path in paths]
    return scorer.score(triples)["reward"].reshape(2, -1)


@pytest.mark.parametrize("kind", presented.KINDS)
def test_a_file_has_the_reward_of_what_people_see(scorer, spread, tmp_path, kind):
    write, same = presented.KINDS[kind]
    content = write(presented.picture())
    files = [content, presented.seen(content)]
    if same is not None:
        files.append(same(presented.picture()))
    found = rewards(scorer, files, tmp_path)
    assert np.abs(found - found[:, :1]).max() <= 1e-3 * spread
    other = rewards(scorer, [content, presented.in_srgb(presented.picture(seed=9))], tmp_path)
    assert np.abs(np.diff(other)).min() > 1e-2 * spread


@pytest.mark.parametrize("kind", presented.KINDS)
def test_training_and_opened_images_have_the_same_pixels_as_files(scorer, tmp_path, kind):
    content = presented.KINDS[kind][0](presented.picture())
    digest = hashlib.sha256(content).hexdigest()
    path = tmp_path / digest
    path.write_bytes(content)
    trained = load_images([digest], lambda _: path, 64).pixels
    shown = tmp_path / "shown"
    shown.write_bytes(presented.seen(content))
    seen = load_images(
        [name := hashlib.sha256(shown.read_bytes()).hexdigest()], lambda _: shown, 64
    )
    assert name != digest
    assert torch.equal(trained, seen.pixels)
    plain = presented.opened(presented.in_srgb(presented.picture(seed=1)))
    by_path, by_image = scorer.score(
        [(plain, path, WISH), (plain, presented.opened(content), WISH)]
    )["reward"]
    np.testing.assert_allclose(by_image, by_path, atol=1e-6)


def test_a_profile_of_cmyk_is_followed_and_not_only_the_inks():
    followed = presented.opened(presented.seen(presented.cmyk(presented.picture())))
    with_profile = np.asarray(followed.convert("RGB")).astype(int)
    naive = presented.opened(presented.cmyk(presented.picture())).convert("RGB")
    assert np.abs(with_profile - np.asarray(naive)).mean() > 10
