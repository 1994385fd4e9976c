"""Memory that runs out on purpose: halved, and finished with the same result."""

import contextlib
import tempfile
from dataclasses import replace

import torch

from rewardsvc.core import memory
from rewardsvc.core.training.train import fit
from rewardsvc.core.vlm.model import VisionLanguageRewardModel
from tests.bench.gpu_parts import small

#: Of the way that training went: Adam makes a whole step of a gradient that is rounding alone.
TOLERANCE = 0.05
ITEMS = 4
_LEAST_BETWEEN = 64 * 2**20  # bytes


def run(context):
    small.exact(context)
    with tempfile.TemporaryDirectory() as folder:
        place, data = small.snapshot(folder)
        # Large enough on a GPU that the allocator's steps of some megabytes do not matter.
        tokens = 256 if context.cuda else 9
        config = small.config(folder, epochs=1, items=ITEMS, tokens=tokens)
        images = small.images(config, place, data)

        def train(micro):
            context.reset_peak()
            result = fit(replace(config, micro_items=micro), data, images,
                         train_sources=data.sources, device=context.device)  # fmt: skip
            return result.model, torch.cuda.max_memory_reserved() if context.cuda else 0

        whole, most = train(ITEMS)
        _, least = train(1)
        context.keep(most_mib=most / 2**20, least_mib=least / 2**20)
        steps = []
        if context.cuda and most - least < _LEAST_BETWEEN:
            raise RuntimeError(f"{ITEMS} items take {most} bytes, one takes {least}")
        before = small.start(context, config, data)
        with _limited(context, (most, least)):
            found, _ = memory.with_fewer(ITEMS, train, lambda *step: steps.append(step))
    words = [f"{items} → {smaller}: {type(error).__name__}" for items, smaller, error in steps]
    context.keep(steps=words, how="a limit on the GPU's memory" if context.cuda else
                 "an error raised in place of the allocator's")  # fmt: skip
    context.check("memory ran out and the step was halved", len(steps), 1, ok=steps)
    context.check("weights against those of the whole step", small.distance(found, whole, before),
                  TOLERANCE)  # fmt: skip


@contextlib.contextmanager
def _limited(context, sizes):
    """Let a whole step not fit: by the allocator's own limit, on a CPU by raising its error."""
    if not context.cuda:
        with _no_more_edits(8):
            yield
        return
    most, least = sizes
    total = torch.cuda.get_device_properties(0).total_memory
    memory.release()
    torch.cuda.set_per_process_memory_fraction((least + (most - least) / 4) / total)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@contextlib.contextmanager
def _no_more_edits(count):
    encode = VisionLanguageRewardModel.encode

    def limited(self, batch):
        if torch.is_grad_enabled() and batch.n_edits > count:
            raise torch.OutOfMemoryError(f"{batch.n_edits} edits at a time")
        return encode(self, batch)

    VisionLanguageRewardModel.encode = limited
    try:
        yield
    finally:
        VisionLanguageRewardModel.encode = encode
