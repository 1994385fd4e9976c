"""Edits scored a second: both layouts over shared beginnings, and the official two passes."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from rewardsvc.core.scoring import RewardScorer
from rewardsvc.core.vlm.layout import unique_paths
from rewardsvc.core.vlm.tree import build
from tests.bench import scoring
from tests.bench.gpu_parts import machine
from tests.bench.gpu_parts.models import models

ITEMS = {"tiny": 2, "7b": 8, "8b": 8}
CANDIDATES = 4


def run(context):
    rate = context.matmul_rate()
    smi = machine.nvidia_smi() or {}
    context.keep(clocks_after_products=f"sm {smi.get('clocks.sm')}, memory {smi.get('clocks.mem')}")
    made = models(context)
    released, native = made["released"], made["native"]
    items = ITEMS[context.size]
    batch = scoring.batch_of(released, items, CANDIDATES).to(torch.device(context.device))
    edits = items * CANDIDATES
    context.keep(items=items, candidates=CANDIDATES, image_tokens=batch.images[0].tokens,
                 matmul_tflops=rate / 1e12, weights=_weights(released))  # fmt: skip
    with torch.inference_mode():
        rewards, flops = scoring.two_passes(released, batch)
        base = _timed(context, lambda: scoring.two_passes(released, batch), edits, flops, rate)
        context.keep(two_passes=base)
        for name, model in made.items():
            shared = model(batch)
            flops_shared = scoring.shared_flops(model, batch)
            row = _timed(context, lambda m=model: m(batch), edits, flops_shared, rate)
            row["speedup"] = base["seconds"] / row["seconds"]
            row["counted_bound"] = flops / flops_shared
            row["tokens"] = tokens(model, batch)
            row["tokens_per_s"] = row["tokens"] / row["seconds"]
            if model is released:
                row["difference"] = _apart(shared, rewards)
            else:
                model.share = False
                row["difference"] = _apart(shared, model(batch))
                model.share = True
            row["spread"] = float(shared[0].float().std())
            context.keep(**{name: row})
            if not context.tiny:
                _targets(context, name, row)
    loader(context, native, context.figures["native"]["edits_per_s"])


def _targets(context, name, row):
    for what, key, target in (
        ("speed-up over two passes", "speedup", 3),
        ("share of the matmul rate", "share_of_matmul", 0.4),
    ):
        found = row[key]
        context.check(f"{name}: {what} is at least {target}", found, target, ok=found >= target)


def _timed(context, run, edits, flops, rate):
    context.reset_peak()
    seconds = context.median_seconds(run, runs=5)
    return {
        "seconds": seconds,
        "edits_per_s": edits / seconds,
        "teraflop": flops / 1e12,
        "tflops": flops / seconds / 1e12,
        "share_of_matmul": flops / seconds / rate,
        "peak_gib": context.peak_gib(),
    }


def tokens(model, batch):
    """Return the tokens that the text model computes for a batch."""
    features = model.encode(batch)
    paths = model.paths(features, model.encode_text(batch).take(batch.text))
    levels = build(unique_paths(paths, share=model.share), features.grids, sequential=False)
    return sum(int(level.mask.sum()) for level in levels)


def _apart(some, others):
    return max(float((a - b).abs().max()) for a, b in zip(some, others, strict=True))


def _weights(model):
    return sum(p.numel() for p in model.parameters())


def loader(context, model, ready):
    """Score pictures from files, decoding included, beside batches that were ready."""
    items = 2 * ITEMS[context.size]
    side = 96 if context.tiny else 1024
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as place:
        rows = []
        for item in range(items):
            source, *edits = (
                _picture(rng, side, Path(place) / f"{item}-{n}.png") for n in range(1 + CANDIDATES)
            )
            rows += [(source, edit, f"Make it {item % 10}") for edit in edits]
        # The first call warms up with other pictures, so that no answer is remembered.
        scorer = RewardScorer(model, {}, context.device)
        half = len(rows) // 2
        scorer.score(rows[:half])
        seconds = context.median_seconds(lambda: scorer.score(rows[half:]), runs=1, warm=0)
    found = (len(rows) - half) / seconds
    context.keep(
        loader_edits_per_s=found,
        loader_of_ready=found / ready,
        loader_keeps_up=found / ready > 0.9,
        loader_picture_side=side,
        # A source for every four edits; beside it stand the pictures a second of preprocessing.
        pictures_per_s_taken=ready * (1 + 1 / CANDIDATES),
    )


def _picture(rng, side, path):
    small = Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8))
    small.resize((side, side), Image.Resampling.BICUBIC).save(path)
    return path
