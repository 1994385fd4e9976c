"""The official code's numbers on its tiny checkpoint, in float32 and in bfloat16."""

import itertools
import json

import numpy as np
import torch

from rewardsvc.core.scoring import RewardScorer
from rewardsvc.core.vlm.building import released
from tests.bench.gpu_parts import small
from tests.reference import reference_folder

TOLERANCE = 2e-4


def run(context):
    folder = reference_folder()
    if folder is None:
        context.keep(skipped="no reference data: see docs/performance.md, On a GPU")
        return
    root = folder / "oracles" / "editreward" / "tiny_checkpoint"
    expected = json.loads((root / "expected.json").read_text())
    known = expected["run_own_prompts"]
    rows = [
        (root / row["source"], root / row["edited"], row["instruction"])
        for row in expected["triples"]
    ]
    wanted = np.array([one["fused_mean"] for one in known["single"]])
    small.exact(context)
    full = _scores(context, root, known, rows, torch.float32)
    apart = np.abs(full - wanted).max()
    context.check("float32 against the official code", apart, TOLERANCE)
    if context.cuda:
        torch.backends.cudnn.allow_tf32 = True
        loose = _scores(context, root, known, rows, torch.float32)
        context.keep(float32_with_tf32_convolutions=float(np.abs(loose - wanted).max()))
    half = _scores(context, root, known, rows, torch.bfloat16)
    context.keep(
        triples=len(rows),
        bfloat16_difference=float(np.abs(half[:, 0] - wanted[:, 0]).max()),
        bfloat16_log_sigma_difference=float(np.abs(half[:, 1] - wanted[:, 1]).max()),
        reward_range=float(np.ptp(wanted[:, 0])),
        **_orders(half[:, 0], wanted[:, 0]),
    )
    apart, width = float(np.abs(half[:, 0] - wanted[:, 0]).max()), float(np.ptp(wanted[:, 0]))
    context.keep(bfloat16_over_range=apart / width)
    context.check("bfloat16, in 0.1 of the rewards' range", apart, 0.1 * width)


def _scores(context, root, known, rows, dtype):
    model = released(
        root / "checkpoint", base=root / "base", prompts=known["prompt_text"], dtype=dtype
    )
    found = RewardScorer(model.to(context.device), {}, context.device).score(rows)
    return np.stack([found["reward"], found["log_sigma_fused"]], 1)


def _orders(found, wanted):
    """Return how many pairs change their order, and how far apart the widest of these was."""
    changed = [
        abs(wanted[a] - wanted[b])
        for a, b in itertools.combinations(range(len(wanted)), 2)
        if (found[a] - found[b]) * (wanted[a] - wanted[b]) <= 0
    ]
    n = len(wanted)
    return {"pairs": n * (n - 1) // 2, "pair_orders_changed": len(changed),
            "widest_changed_gap": max(changed, default=0.0)}  # fmt: skip
