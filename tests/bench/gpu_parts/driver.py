"""Run the parts of the GPU script and report on them.

Needs torch, transformers, peft, accelerate, safetensors, scipy, pyarrow and Pillow; no Django, no
database, no network and no weights. Every part runs in a process of its own with its own limit,
and what it found is on disk before the next begins. See docs/performance.md, "On a GPU".
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path

from tests.bench.gpu_parts import tables
from tests.bench.gpu_parts.processes import Processes, stop

ROOT = Path(__file__).resolve().parents[3]

#: Where each part is, and the seconds it may take.
PARTS = {
    "machine": ("machine:run", 90),
    "core_tests": ("suite:run", 240),
    "parity": ("parity:run", 60),
    "sharing": ("agreement:sharing", 90),
    "attention": ("agreement:attention", 60),
    "shrinking": ("shrinking:run", 90),
    "precision": ("agreement:precision", 90),
    "resuming": ("resuming:run", 120),
    "preprocessing": ("preprocessing:run", 45),
    "scoring": ("scoring:run", 110),
    "fitting": ("fitting:run", 75),
    "training_lora": ("training:lora", 75),
    "training_full": ("training:full", 90),
    "profiling": ("profiling:run", 70),
    "faster": ("faster:run", 110),
    # For the tests of this script.
    "raises": ("faulty:raises", 30),
    "hangs": ("faulty:hangs", 8),
}
RIGHT = ("machine", "core_tests", "parity", "sharing", "attention", "shrinking", "precision",
         "resuming")  # fmt: skip
FAST = ("machine", "preprocessing", "scoring", "fitting", "training_lora", "training_full",
        "profiling", "faster")  # fmt: skip
#: Runs beside the others: it uses the cores, they the GPU.
BESIDE = "core_tests"
#: Of the web application; none of it is to be loaded. The core reads pictures and snapshots as
#: the application does: `annotation.items.imaging`, `annotation.snapshots.format`.
WEB = ("django", "celery", "rest_framework", "psycopg", "annotation.common", "annotation.models",
       "annotation.snapshots.exports", "jobs")  # fmt: skip


def main(argv=None):
    options = _options(argv)
    names = options.only.split(",") if options.only else (RIGHT if options.right else FAST)
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"no part is called {unknown[0]!r}; there are {', '.join(PARTS)}")
    return drive(options, names)


def _options(argv):
    parser = argparse.ArgumentParser(description="The reward model on a GPU.")
    parser.add_argument("--right", action="store_true", help="correctness, not speed")
    parser.add_argument("--size", choices=("tiny", "7b", "8b"), help="7b with a GPU, else tiny")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--minutes", type=float, default=7.5, help="for all parts together")
    parser.add_argument("--limit", type=float, help="seconds a part, in place of its own")
    parser.add_argument("--only", help="parts, with commas between")
    parser.add_argument("--fresh", action="store_true", help="import anew for each part")
    return parser.parse_args(argv)


def drive(options, names):
    """Run parts one after the other, writing the report after each."""
    end = time.monotonic() + 60 * options.minutes
    kind = "right" if options.right else "fast"
    processes = Processes(fresh=options.fresh)
    options.size = options.size or ("7b" if processes.answer(_find_gpu) else "tiny")
    name = f"gpu-{kind}-{options.size}"
    folder = options.out / name
    folder.mkdir(parents=True, exist_ok=True)
    report = {"name": name, "size": options.size, "minutes": options.minutes, "commit": _commit(),
              "parts": dict.fromkeys(names)}  # fmt: skip
    started = {}
    if BESIDE in names:
        started[BESIDE] = _start(processes, options, folder, BESIDE, end)
    for each in (*(n for n in names if n != BESIDE), *started):
        running = started.get(each) or _start(processes, options, folder, each, end)
        report["parts"][each] = _result(each, running)
        _write(options.out, report)
        _say(each, report["parts"][each])
    print(tables.markdown(report))  # noqa: T201 - the command's answer
    done = all(part["status"] in ("done", "skipped") for part in report["parts"].values())
    return 0 if done else 1


def _start(processes, options, folder, name, end):
    """Start a part, or return None where no time is left for it."""
    result = folder / f"{name}.json"
    result.unlink(missing_ok=True)
    if end - time.monotonic() < 5:  # torch would not be loaded
        return None
    processes.prepare()
    seconds = min(options.limit or PARTS[name][1], end - time.monotonic())
    # By the clock that all processes share: a part counts its own start, too.
    context = (options.size, result, time.monotonic() + seconds)
    process = processes.start(result.with_suffix(".out"), run_part, name, *context)
    return process, result, time.monotonic(), seconds


def _result(name, running):
    """Wait for a part and return what it has found, whatever became of it."""
    if running is None:
        return {"status": "left out", "error": "no time was left", "figures": {}, "checks": []}
    process, result, began, seconds = running
    process.join(max(0.1, began + seconds - time.monotonic()))
    late = process.is_alive()
    if late:
        stop(process)
    found = {"figures": {}, "checks": []}
    with contextlib.suppress(OSError, ValueError):
        found |= json.loads(result.read_text())
    if late:
        found |= {"status": "out of time", "error": f"stopped after {seconds:.0f} s"}
    elif found.get("status") in (None, "running"):
        tail = result.with_suffix(".out").read_text(errors="replace")[-3000:]
        found |= {"status": "died", "error": f"exit status {process.exitcode}\n{tail}"}
    # A part beside the others may have ended long before it is asked.
    return {"seconds": round(time.monotonic() - began, 1), **found}


def run_part(name, size, result, until):
    """Run one part in this process; a failure is part of its result."""
    from tests.bench.gpu_parts.context import Context

    context = Context(size, result, until)
    context.keep()
    module, function = PARTS[name][0].split(":")
    try:
        getattr(import_module(f"tests.bench.gpu_parts.{module}"), function)(context)
    except BaseException:  # noqa: BLE001 - its traceback is the result
        context.write("failed", traceback.format_exc()[-4000:])
        return
    context.keep(web_modules_loaded=sorted(set(WEB) & sys.modules.keys()))
    wrong = not all(check["ok"] for check in context.checks)
    context.write("wrong" if wrong else "skipped" if "skipped" in context.figures else "done")


def _write(out, report):
    for path, text in (
        (out / f"{report['name']}.json", json.dumps(report, indent=1) + "\n"),
        (out / f"{report['name']}.md", tables.markdown(report)),
    ):
        partial = path.with_suffix(path.suffix + ".partial")
        partial.write_text(text)
        partial.replace(path)


def _say(name, part):
    first = (part.get("error") or "").strip().splitlines()[-1:]
    words = [name, part["status"], f"{part.get('seconds', 0)} s", *first]
    if name == "machine":
        figures = part["figures"]
        words += [str(figures.get("device")), str(figures.get("packages"))]
    print("; ".join(words), flush=True)  # noqa: T201 - progress


def _find_gpu():
    # In another process, so that this one holds nothing on the GPU.
    import torch

    sys.exit(not torch.cuda.is_available())


def _commit():
    try:
        done = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True,
                              text=True, check=False)  # fmt: skip
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"
