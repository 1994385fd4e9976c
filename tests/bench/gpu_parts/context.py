"""What a part of the GPU script is given: where it runs, how it measures, where results go."""

import json
import os
import statistics
import time
from pathlib import Path

import torch


class Context:
    """A part's device, its sizes and its results, which are on disk as soon as they are kept."""

    def __init__(self, size, result, until):
        self.size, self.result = size, Path(result)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.deadline = until
        if self.tiny:
            # A tiny model's threads would wait for each other longer than they compute.
            torch.set_num_threads(1)
            os.environ["OMP_NUM_THREADS"] = "1"  # of what the part starts
        self.began = time.monotonic()
        self.figures, self.checks = {}, []

    @property
    def tiny(self):
        return self.size == "tiny"

    @property
    def cuda(self):
        return self.device == "cuda"

    def left(self):
        """Return the seconds that this part still has."""
        return self.deadline - time.monotonic()

    def keep(self, **figures):
        self.figures |= figures
        self.write("running")

    def check(self, what, value, tolerance, *, ok=None):
        """Keep a value beside its bound; ok: the judgment, where it is not value <= bound."""
        right = bool(value <= tolerance) if ok is None else bool(ok)
        value = value if isinstance(value, bool | str | int) else float(value)
        self.checks.append({"what": what, "value": value, "tolerance": tolerance, "ok": right})
        self.write("running")

    def write(self, status, error=None):
        report = {"status": status, "figures": self.figures, "checks": self.checks}
        if status != "running":
            report["seconds"] = round(time.monotonic() - self.began, 1)
        if error:
            report["error"] = error
        partial = self.result.with_suffix(".partial")
        partial.write_text(json.dumps(report, default=str))
        partial.replace(self.result)

    def wait(self):
        """Let the device finish what it was given."""
        if self.cuda:
            torch.cuda.synchronize()

    def median_seconds(self, run, *, runs=5, warm=1):
        """Return the median time of some runs after warming up, the device's work included."""
        for _ in range(warm):
            run()
        times = []
        for _ in range(runs):
            self.wait()
            start = time.perf_counter()
            run()
            self.wait()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    def reset_peak(self):
        if self.cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def peak_gib(self):
        """Return the most memory that was in use since the reset, None without a GPU."""
        return torch.cuda.max_memory_allocated() / 2**30 if self.cuda else None

    def matmul_rate(self):
        """Return the rate of a square bfloat16 product in operations a second."""
        side = 8192 if self.cuda else 256
        a, b = (torch.randn(side, side, device=self.device, dtype=torch.bfloat16) for _ in range(2))
        return 2 * side**3 / self.median_seconds(lambda: a @ b, runs=20, warm=5)
