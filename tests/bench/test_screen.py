"""The benchmark of the comparison screen runs and reports; how fast is no test's business."""

import json
import os
import subprocess
import sys

import pytest

from tests.bench.report import ROOT
from tests.browser.conftest import HOW, find_chromium


def test_a_quick_run_writes_every_figure():
    if find_chromium() is None:
        pytest.skip(HOW)
    report = ROOT / "build" / "bench" / "screen-quick.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.bench.screen", "--quick"]
    environment = os.environ.copy()
    for name in ("DJANGO_ALLOW_ASYNC_UNSAFE", "EDITJURY_HOME"):
        environment.pop(name, None)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    figures = json.loads(report.read_text())["figures"]
    for name in ("zoom", "pan", "flicker"):
        one = figures["interactions"][name]
        assert (one["n"], one["main_thread_ms"]["n"]) == (3, 3)
        assert one["main_thread_ms"]["max"] > 0
        assert min(one["decodes"], one["layouts"]) >= 0
    for name in ("key_to_visible_ms", "submit_to_next_preloaded_ms", "submit_to_next_cold_ms"):
        assert 0 < figures[name]["p50"] <= figures[name]["p95"] <= figures[name]["max"]
    assert figures["bytes_held"]["4"]["bitmaps"] > 0
    assert figures["scripts"]["gzip"] == sum(figures["scripts"]["each"].values()) > 0
