"""The pure modules of the judging page, tested by node's own test runner."""

import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_passes_its_tests(script):
    # Playwright brings a node of its own, so nothing has to be installed.
    node, _ = compute_driver_executable()
    ran = subprocess.run(
        [node, "--test", "--test-reporter=tap", script],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "# pass 0" not in ran.stdout


def test_there_are_scripts_to_test():
    assert SCRIPTS
