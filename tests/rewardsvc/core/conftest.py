"""A drawn snapshot, read once, and the smallest settings that still train."""

from types import SimpleNamespace

import pytest

from tests.rewardsvc.core.snapshots import make_snapshot

SIZE = 64


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    """folder, rows, data and images of eight items of four candidates each."""
    from rewardsvc.core.data import build_data
    from rewardsvc.core.images import in_folder, load_images
    from rewardsvc.core.snapshot import read_snapshot

    folder = tmp_path_factory.mktemp("shapes") / "snapshot"
    rows = make_snapshot(folder, n_items=8, seed=3)
    data = build_data(read_snapshot(folder))
    shas = [sha for t in data.triples for sha in (t.source_sha, t.edit_sha)]
    images = load_images(shas, in_folder(folder), SIZE)
    return SimpleNamespace(folder=folder, rows=rows, data=data, images=images)


@pytest.fixture(scope="session")
def tiny():
    from rewardsvc.core.settings import TrainConfig

    return TrainConfig(epochs=3, batch_items=2, image_size=SIZE, members=2, seed=5)
