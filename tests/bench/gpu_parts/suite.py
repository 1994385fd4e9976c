"""The core's own tests by the command that needs neither Django nor a plugin of pytest."""

import contextlib
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CORE = "tests/rewardsvc/core"
OPTIONS = (f"--confcutdir={CORE}", "-W", "default")
#: Processes that share the files; each has two threads.
MOST = 8


def run(context):
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / CORE).rglob("test_*.py"))
    chosen = [f"{CORE}/test_agreement.py"] if context.tiny else files
    count = 1 if context.tiny else max(1, min(MOST, len(os.sched_getaffinity(0)) // 2))
    context.keep(command=" ".join(["pytest", *OPTIONS, CORE]), files=len(chosen), processes=count)
    parts = [_started(context, n, chosen[n::count]) for n in range(count)]
    counts, failed, ends = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0), [], []
    late = 0
    for process, report, log in parts:
        try:
            process.wait(max(1, context.left() - 5))
        except subprocess.TimeoutExpired:
            late += 1
            process.kill()
            process.wait()
        failed += _counted(report, counts)
        if process.returncode:
            ends.append(log.read_text(errors="replace")[-1500:])
    skips = counts.pop("skipped")
    context.keep(**counts, tests_skipped=skips, failed=failed, out_of_time=late, end="".join(ends))
    right = not any(process.returncode for process, _, _ in parts)
    context.check("the core's tests pass", len(failed), 0, ok=right and not late)


def _started(context, number, files):
    report = context.result.with_suffix(f".{number}.xml")
    log = context.result.with_suffix(f".{number}.log")
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *OPTIONS, "-q", "-p", "no:cacheprovider",
               f"--junitxml={report}", *files]  # fmt: skip
    with log.open("w") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "2"},
        )
    return process, report, log


def _counted(report, counts):
    """Add a report's counts and return the tests that failed."""
    failed = []
    with contextlib.suppress(OSError, ET.ParseError):
        tree = ET.parse(report)  # noqa: S314 - of our own making
        for suite in tree.iter("testsuite"):
            for name in counts:
                counts[name] += int(suite.get(name, 0))
        failed = [
            f"{case.get('classname')}::{case.get('name')}"
            for case in tree.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]
    return failed
