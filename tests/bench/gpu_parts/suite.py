"""The core's own tests by the command that needs neither Django nor a plugin of pytest."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CORE = "tests/rewardsvc/core"


def run(context):
    report = context.result.with_suffix(".xml")
    chosen = [f"{CORE}/test_agreement.py"] if context.tiny else [CORE]
    log = context.result.with_suffix(".log")
    command = [sys.executable, "-m", "pytest", f"--confcutdir={CORE}", "-W", "default", "-q",
               "-p", "no:cacheprovider", f"--junitxml={report}", *chosen]  # fmt: skip
    context.keep(command=" ".join(["pytest", *command[3:7], *chosen]))
    with log.open("w") as file:
        done = subprocess.run(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT,
                              timeout=max(5, context.left() - 5), check=False,
                              env={**os.environ, "OMP_NUM_THREADS": "2"})  # fmt: skip
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    failed = []
    if report.is_file():
        tree = ET.parse(report)  # noqa: S314 - of our own making
        for suite in tree.iter("testsuite"):
            for name in counts:
                counts[name] += int(suite.get(name, 0))
        failed = [
            f"{case.get('classname')}::{case.get('name')}"
            for case in tree.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]
    skips = counts.pop("skipped")
    context.keep(**counts, tests_skipped=skips, failed=failed, end=log.read_text()[-1500:])
    context.check("the core's tests pass", len(failed), 0, ok=not done.returncode)
