"""A drawn snapshot, read once, and the smallest settings that still train."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import garbage, sockets
from tests.reference import reference_data
from tests.rewardsvc.core import without_django
from tests.rewardsvc.core.snapshots import make_snapshot

__all__ = ["reference_data"]

SIZE = 64

# Before torch is imported. The other test processes need the cores too, and threads that wait
# for a core take twice the CPU time of one thread.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure(config):
    """Where no conftest above this one is read, prove that the core needs none of the web."""
    top = config.getoption("confcutdir")
    if top is not None and Path(top).resolve() == Path(__file__).resolve().parent:
        without_django.block()
        sockets.close()


def pytest_collectstart():
    garbage.rest()


def pytest_collection_finish():
    garbage.begin()


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    """folder, rows, data and images of eight items of four candidates each."""
    from rewardsvc.core.compact.images import load_images
    from rewardsvc.core.data.files import in_folder
    from rewardsvc.core.data.preferences import build_data
    from rewardsvc.core.snapshot import read_snapshot

    folder = tmp_path_factory.mktemp("shapes") / "snapshot"
    rows = make_snapshot(folder, n_items=8, seed=3)
    data = build_data(read_snapshot(folder))
    shas = [sha for t in data.triples for sha in (t.source_sha, t.edit_sha)]
    images = load_images(shas, in_folder(folder), SIZE)
    return SimpleNamespace(folder=folder, rows=rows, data=data, images=images)


@pytest.fixture(scope="session")
def tiny():
    from rewardsvc.core.compact.settings import CompactSettings
    from rewardsvc.core.training.settings import TrainConfig

    model = CompactSettings(image_size=SIZE, members=2)
    return TrainConfig(epochs=3, batch_items=2, seed=5, model=model)
