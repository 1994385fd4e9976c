"""Where the reference data lie: the folder with data/ and oracles/."""

import os
from pathlib import Path

import pytest

VARIABLE = "EDITJURY_REFERENCE_DATA"
#: Ignored by git and copied with the working tree, for machines that have the checkout alone.
COPY = Path(__file__).resolve().parents[1] / "build" / "reference"


def reference_folder() -> Path | None:
    """Return the folder that the environment names, else the copy, else None."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    return COPY if (COPY / "oracles").is_dir() else None


@pytest.fixture(scope="session")
def reference_data():
    """Return the folder with data/ and oracles/, or skip."""
    folder = reference_folder()
    if folder is None:
        pytest.skip(f"{VARIABLE} does not name the reference data's folder")
    if folder == COPY:  # holds what the core needs
        return folder
    missing = [name for name in ("data", "oracles") if not (folder / name).is_dir()]
    if missing:
        pytest.fail(f"{VARIABLE}={folder} has no folder {' or '.join(missing)}")
    return folder
