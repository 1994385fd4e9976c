"""One small drawn set per session: drawing is what costs time here."""

import json
import os

import pytest

from demo.pictures import write_set
from demo.pictures.writing import DEFAULT_SEED
from tests.demo.launched import PROJECT

N_ITEMS = 16


class DrawnSet:
    """A drawn set on disk, with its manifest and truth read."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    write_set(folder, n_items=N_ITEMS, seed=DEFAULT_SEED)
    return DrawnSet(folder)


@pytest.fixture(scope="session")
def demo_python():
    """Return the Python of an environment made by the install line of `make demo`."""
    path = PROJECT / "build" / "demo-venv" / "bin" / "python"
    if not path.exists():
        why = f"{path} is missing: `make test` makes its environment"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
    return str(path)
