import json

import pytest


@pytest.fixture(scope="session")
def oracles(reference_data):
    """Return the reference numbers of statistics by id."""
    entries = json.loads((reference_data / "oracles" / "statistics.json").read_text())
    return {entry["id"]: entry for entry in entries}
