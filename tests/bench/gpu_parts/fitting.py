"""How many items of a batch fit, and what larger batches bring."""

import torch

from rewardsvc.core import memory
from tests.bench import scoring
from tests.bench.gpu_parts.models import models

MOST = {"tiny": 2, "7b": 256, "8b": 256}


def run(context):
    model = models(context)["native"]
    rows, items = [], 1
    while items <= MOST[context.size] and context.left() > 10:
        try:
            rows.append(_row(context, model, items))
        except Exception as error:
            if not memory.is_out_of_memory(error):
                raise
            context.keep(first_that_does_not_fit=items)
            break
        finally:
            memory.release()
        context.keep(batches=rows, most_items_that_fit=items)
        # A batch takes time in proportion: stop where the next would not end in time.
        if context.left() < 12 * rows[-1]["seconds"]:
            context.keep(stopped="for time")
            break
        items *= 2


def _row(context, model, items):
    batch = scoring.batch_of(model, items, 4).to(torch.device(context.device))
    context.reset_peak()
    with torch.inference_mode():
        seconds = context.median_seconds(lambda: model(batch), runs=3)
    return {"items": items, "seconds": seconds, "edits_per_s": 4 * items / seconds,
            "peak_gib": context.peak_gib()}  # fmt: skip
