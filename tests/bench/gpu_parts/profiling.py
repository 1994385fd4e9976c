"""Where the time of scoring goes: torch's profiler, the ten largest kinds of work."""

import torch
from torch.profiler import ProfilerActivity, profile

from tests.bench import scoring
from tests.bench.gpu_parts.models import models

TOP = 10


def run(context):
    model = models(context)["native"]
    items = 1 if context.tiny else 2  # the profiler itself takes time with every call
    batch = scoring.batch_of(model, items, 4).to(torch.device(context.device))
    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if context.cuda else [])]
    with torch.inference_mode():
        model(batch)
        context.wait()
        with profile(activities=kinds) as seen:
            model(batch)
            context.wait()
    # Operations, not kernels: each kernel's time is that of the operation that started it.
    rows = [row for row in seen.key_averages() if str(row.device_type).endswith("CPU")]
    own = "self_device_time_total" if context.cuda else "self_cpu_time_total"
    total = sum(getattr(row, own) for row in rows) or 1
    largest = sorted(rows, key=lambda row: getattr(row, own), reverse=True)[:TOP]
    context.keep(
        top=[
            {"what": row.key[:90], "share": getattr(row, own) / total, "calls": row.count}
            for row in largest
        ],
        calls=sum(row.count for row in rows),
        milliseconds=total / 1000,
    )
