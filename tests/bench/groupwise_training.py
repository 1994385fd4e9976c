"""An epoch by pairs over one by whole items: `python -m tests.bench.groupwise_training`.

By pairs, both edits of every pair go through the model as sequences of their own, as the official
trainer has it; by items, every candidate once a step. Both see the same pairs in every step.
"""

import itertools
import tempfile
from pathlib import Path

import torch

from rewardsvc.core.training.batches import PairTargets
from rewardsvc.core.training.objective import Objective, total_loss
from rewardsvc.core.vlm.batch import collate
from rewardsvc.core.vlm.flops import text_flops, vision_flops
from rewardsvc.core.vlm.layout import unique_paths
from rewardsvc.core.vlm.tree import build
from tests.bench import vlm
from tests.bench.report import median_seconds, write_report

STEPS, RUNS, TOKENS, TEXT = 1, 5, 64, 60
OBJECTIVE = Objective(loss="expected_nll", dimension_weight=0.0, negative_instruction_weight=0.0)


def steps(model, size, count):
    """Return (by pairs, by items) batches with their targets, one item a step."""
    by_pairs, by_items = [], []
    for step in range(count):
        images = vlm.pictures(1 + size, model.rule, seed=step)
        wish = f"Make it {step}"
        edits = [(step, images[0], n, images[n], wish) for n in range(1, 1 + size)]
        pairs = list(itertools.combinations(range(size), 2))
        by_items.append((collate(edits), targets(pairs)))
        rows = [edits[n] for pair in pairs for n in pair]
        alone = [((n, "alone"), *row[1:]) for n, row in enumerate(rows)]
        spread = [(2 * n, 2 * n + 1) for n in range(len(pairs))]
        by_pairs.append((collate(alone), targets(spread)))
    return by_pairs, by_items


def targets(pairs):
    first, second = torch.tensor(pairs).unbind(1)
    n = len(pairs)
    outcome = torch.where(torch.arange(n) % 3 == 0, -1, 1)
    gap = torch.full((n, 2), torch.nan)
    scores = torch.full((2 * n, 2), torch.nan)
    return PairTargets(first, second, outcome, gap, torch.ones(n), scores)


def epoch(model, optimizer, batches):
    for batch, pairs in batches:
        optimizer.zero_grad(set_to_none=True)
        total_loss(OBJECTIVE, model, batch, pairs, torch.Generator()).backward()
        optimizer.step()


def gradients(model, batches):
    model.zero_grad(set_to_none=True)
    for batch, pairs in batches:
        total_loss(OBJECTIVE, model, batch, pairs, torch.Generator()).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def measure(folder, size):
    model = vlm.model(folder, "native", text_tokens=TEXT, tokens=TOKENS, head_dropout=0.0).train()
    by_pairs, by_items = steps(model, size, STEPS)
    optimizer = torch.optim.AdamW(model.parameter_groups(1e-6), lr=1e-6)
    result = {}
    for name, share, batches in (
        ("pairwise", False, by_pairs),
        ("groupwise_unshared", False, by_items),
        ("groupwise", True, by_items),
    ):
        model.share = share
        result[name] = median_seconds(
            lambda chosen=batches: epoch(model, optimizer, chosen), runs=RUNS
        )
    return {
        f"pairwise_{size}_s": result["pairwise"],
        f"groupwise_{size}_s": result["groupwise"],
        f"speedup_{size}": result["pairwise"] / result["groupwise"],
        f"speedup_{size}_without_sharing": result["pairwise"] / result["groupwise_unshared"],
        f"bound_{size}": counted(model, by_pairs, share=False)
        / counted(model, by_items, share=True),
        f"bound_{size}_without_sharing": counted(model, by_pairs, share=False)
        / counted(model, by_items, share=False),
    }


def counted(model, batches, *, share):
    """Return the operations of a pass forward over batches; backward is twice that for each."""
    total = 0
    for batch, _ in batches:
        with torch.no_grad():
            features = model.encode(batch)
        paths = model.paths(features, model.encode_text(batch).take(batch.text))
        paths = unique_paths(paths, share=share)
        levels = build(paths, features.grids, sequential=model.sequential)
        backbone = model.network.backbone
        total += vision_flops(backbone, batch.images) + text_flops(backbone, levels)
    return total


def gradient_error(folder):
    """Return the largest difference of gradients over the largest gradient, in float64."""
    model = vlm.model(folder, "native", text_tokens=TEXT, tokens=9, head_dropout=0.0).double()
    by_pairs, by_items = steps(model, 4, 1)
    model.share = False
    pairwise = gradients(model, by_pairs)
    model.share = True
    groupwise = gradients(model, by_items)
    return float((pairwise - groupwise).abs().max() / pairwise.abs().max())


def main():
    with tempfile.TemporaryDirectory() as place:
        folder = vlm.base(Path(place))
        figures = {
            **measure(folder, 4),
            **measure(folder, 7),
            "gradient_error": gradient_error(folder),
        }
    path = write_report(
        "groupwise_training",
        figures,
        sizes={
            "steps": STEPS,
            "items_per_step": 1,
            "image_tokens": TOKENS,
            "text_tokens": TEXT,
            "threads": torch.get_num_threads(),
            "runs": RUNS,
        },
        packages=("torch", "transformers"),
    )
    print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
