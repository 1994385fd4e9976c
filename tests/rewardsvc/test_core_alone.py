"""The core's tests run where there is no Django, no database and no pytest plugin."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CORE = "tests/rewardsvc/core"


def test_the_cores_tests_run_with_their_own_conftest_alone():
    plain = ("-p", "no:django", "-p", "no:xdist", "-p", "no:cacheprovider", "-W", "default", "-q")
    quick = [f"{CORE}/test_agreement.py", f"{CORE}/vlm/test_flops.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--confcutdir={CORE}", *plain, *quick],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("name", ["django.db", "annotation.models", "rewardsvc.workers.faults"])
def test_an_import_of_the_web_application_is_refused_there(name):
    code = f"from {CORE.replace('/', '.')} import without_django as w\nw.block()\nimport {name}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"WebImported: {name.split('.')[0]}" in done.stderr
