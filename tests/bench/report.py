"""Where a benchmark's figures go: build/bench/NAME.json, with sizes, environment and commit."""

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def median_seconds(run: Callable[[], object], *, runs: int = 5) -> float:
    """Return the median wall time of some runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def write_report(
    name: str, figures: dict[str, object], *, sizes: dict[str, object], packages: tuple[str, ...]
) -> Path:
    """Write the figures of a benchmark and return the file. packages: whose versions matter."""
    path = ROOT / "build" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "name": name,
        "figures": figures,
        "sizes": sizes,
        "environment": _environment(packages),
        "commit": _commit(),
    }
    path.write_text(json.dumps(report, indent=2) + "\n")
    return path


def _environment(packages: tuple[str, ...]) -> dict[str, object]:
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "load_average": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {package: version(package) for package in packages},
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def _commit() -> str:
    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True)  # noqa: PLW1510
        return done.stdout.strip()

    commit = git("rev-parse", "HEAD") or "unknown"
    return f"{commit} with changes" if git("status", "--porcelain") else commit
