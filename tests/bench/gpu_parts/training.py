"""A training step by pairs and by whole items: adapters, and all weights with checkpointing."""

import itertools

import torch

from rewardsvc.core import memory
from rewardsvc.core.training.objective import total_loss
from rewardsvc.core.vlm.batch import collate
from tests.bench import groupwise_training as groupwise
from tests.bench import vlm
from tests.bench.gpu_parts.models import models

SIZE, PAIRS = 4, 2
#: Bytes a trained weight takes: itself, its gradient and Adam's two averages, in float32.
BYTES = 16


def lora(context):
    model = _model(context, tuning="lora", lora_rank=16)
    optimizer = _optimizer(model)
    for name, share, batches in (
        ("pairwise", False, 0),
        ("groupwise_unshared", False, 1),
        ("groupwise", True, 1),
    ):
        model.share = share
        _measure(context, model, optimizer, name, batches)
    _compare(context, "groupwise")


def full(context):
    """All weights, checkpointed: beginnings are not shared there."""
    model = _model(context, tuning="full", gradient_checkpointing=True)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    context.keep(trained=trained, counted_gib=(BYTES * trained + 2 * frozen) / 2**30)
    for name, options in (("fused", {"fused": context.cuda}), ("default", {})):
        optimizer = _optimizer(model, **options)
        for step, batches in (("groupwise", 1), ("pairwise", 0)):
            if name == "default" and step == "pairwise":
                continue
            _measure(context, model, optimizer, f"{step}_{name}", batches)
        model.zero_grad(set_to_none=True)
        del optimizer
        memory.release()
    _compare(context, "groupwise_fused", "pairwise_fused")


def _model(context, **settings):
    model = models(context, layout="native", head_dropout=0.0, **settings)["native"]
    context.keep(weights=sum(p.numel() for p in model.parameters()), candidates=SIZE)
    return model.train()


def _optimizer(model, **options):
    return torch.optim.AdamW(model.parameter_groups(1e-6), lr=1e-6, **options)


def _measure(context, model, optimizer, name, which):
    """Keep seconds and memory of a step, or that it does not fit."""
    device = torch.device(context.device)
    batches = [(b.to(device), targets.to(device)) for b, targets in _batches(model)[which]]
    context.reset_peak()
    try:
        seconds = context.median_seconds(lambda: _step(model, optimizer, batches), runs=5)
    except Exception as error:
        if not memory.is_out_of_memory(error):
            raise
        found = {"fits": False, "why": str(error).splitlines()[0][:200]}
    else:
        found = {"fits": True, "seconds": seconds, "peak_gib": context.peak_gib(),
                 "edits_per_s": SIZE / seconds}  # fmt: skip
    memory.release()
    context.keep(**{name: found})


def _batches(model):
    """Return a step's batches by pairs, two pairs at a time as the paper trains, and by items."""
    images = vlm.pictures(1 + SIZE, model.rule)
    edits = [(0, images[0], n, images[n], "Make it 0") for n in range(1, 1 + SIZE)]
    pairs = list(itertools.combinations(range(SIZE), 2))
    by_pairs = []
    for start in range(0, len(pairs), PAIRS):
        rows = [edits[n] for pair in pairs[start : start + PAIRS] for n in pair]
        alone = [((n, "alone"), *row[1:]) for n, row in enumerate(rows)]
        spread = [(n, n + 1) for n in range(0, len(rows), 2)]
        by_pairs.append((collate(alone), groupwise.targets(spread)))
    return by_pairs, [(collate(edits), groupwise.targets(pairs))]


def _step(model, optimizer, batches):
    optimizer.zero_grad(set_to_none=True)
    for batch, targets in batches:
        loss = total_loss(groupwise.OBJECTIVE, model, batch, targets, torch.Generator())
        (loss / len(batches)).backward()
    optimizer.step()
    if not torch.isfinite(loss.detach()):
        raise RuntimeError(f"the loss became {float(loss)}")


def _compare(context, by_items, by_pairs="pairwise"):
    items, pairs = context.figures[by_items], context.figures[by_pairs]
    if items["fits"] and pairs["fits"]:
        context.keep(speedup=pairs["seconds"] / items["seconds"])
