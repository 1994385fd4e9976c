"""Shared beginnings against the unshared two-pass path: `python -m tests.bench.scoring`."""

import tempfile
from pathlib import Path

import torch

from rewardsvc.core.vlm.batch import collate
from rewardsvc.core.vlm.flops import text_flops, vision_flops
from rewardsvc.core.vlm.layout import unique_paths
from rewardsvc.core.vlm.tree import build
from tests.bench import vlm
from tests.bench.report import median_seconds, write_report

ITEMS, CANDIDATES, RUNS = 3, 4, 5


def batch_of(model, items=ITEMS, candidates=CANDIDATES):
    """Return one batch of items of some edits each."""
    images = iter(vlm.pictures(items * (1 + candidates), model.rule))
    rows = []
    for item in range(items):
        source = next(images)
        wish = f"Make it {item % 10}"
        rows += [(item, source, (item, n), next(images), wish) for n in range(candidates)]
    return collate(rows)


def two_passes(model, batch):
    """Score as the official code does: a pass per dimension, every image encoded in each.

    Returns the rewards and the operations counted.
    """
    edits = range(batch.n_sources, len(batch.images))
    flops = 0
    states = []
    for dimension in range(model.network.heads.reads):
        pairs = [(int(s), e) for s, e in zip(batch.source, edits, strict=True)]
        images = [batch.images[n] for pair in pairs for n in pair]
        encoded = model.network.encode_images(images)
        flops += vision_flops(model.network.backbone, images)
        features = _features(model, batch, encoded)
        instructions = model.encode_text(batch).take(batch.text)
        paths = model.paths(features, instructions)[dimension :: model.network.heads.reads]
        paths = unique_paths(paths, share=False)
        levels = build(paths, features.grids, sequential=model.sequential)
        flops += text_flops(model.network.backbone, levels)
        placed = [level.to(model.device) for level in levels]
        states.append(model.network.states(placed, encoded))
    both = torch.stack(states, 1).flatten(0, 1)
    return model.network.rewards(both), flops


def _features(model, batch, encoded):
    from rewardsvc.core.vlm.model import VlmFeatures
    from rewardsvc.core.vlm.tree import Grid

    side = [Grid(p.rows // 2, p.columns // 2) for p in batch.images]
    grids = [
        side[n]
        for s, e in zip(batch.source, range(batch.n_sources, len(side)), strict=True)
        for n in (int(s), e)
    ]
    rows = range(0, len(encoded), 2)
    return VlmFeatures(tuple(encoded), tuple(grids), tuple(rows), tuple(n + 1 for n in rows))


def shared_flops(model, batch):
    features = model.encode(batch)
    paths = model.paths(features, model.encode_text(batch).take(batch.text))
    levels = build(unique_paths(paths, share=True), features.grids, sequential=model.sequential)
    cached = levels[0].key is not None
    return vision_flops(model.network.backbone, batch.images) + text_flops(
        model.network.backbone, levels, cached=cached
    )


def main():
    with tempfile.TemporaryDirectory() as place, torch.inference_mode():
        folder = vlm.base(Path(place))
        released, native = (vlm.model(folder, layout) for layout in ("released", "native"))
        batch = batch_of(released)
        (mu, log_sigma), unshared = two_passes(released, batch)
        shared = released(batch)
        difference = max(
            float((a - b).abs().max()) for a, b in zip((mu, log_sigma), shared, strict=True)
        )
        native.share = False
        alone = native(batch)
        native.share = True
        together = native(batch)
        native_difference = max(
            float((a - b).abs().max()) for a, b in zip(alone, together, strict=True)
        )
        seconds = {
            "two_passes_s": median_seconds(lambda: two_passes(released, batch), runs=RUNS),
            "released_s": median_seconds(lambda: released(batch), runs=RUNS),
            "native_s": median_seconds(lambda: native(batch), runs=RUNS),
        }
        bounds = {
            name: unshared / shared_flops(model, batch)
            for name, model in (("released", released), ("native", native))
        }
        figures = {
            **seconds,
            "gigaflop_per_s_unshared": unshared / seconds["two_passes_s"] / 1e9,
        }
        for name, bound in bounds.items():
            gain = seconds["two_passes_s"] / seconds[f"{name}_s"]
            figures |= {
                f"{name}_speedup": gain,
                f"{name}_bound": bound,
                f"{name}_share": gain / bound,
            }
        figures |= {"released_difference": difference, "native_difference": native_difference}
        weights = sum(p.numel() for p in released.parameters())
        path = write_report(
            "scoring",
            figures,
            sizes={
                "weights": weights,
                "items": ITEMS,
                "candidates": CANDIDATES,
                "image_tokens": batch.images[0].tokens,
                "text_tokens": vlm.TEXT_TOKENS,
                "threads": torch.get_num_threads(),
                "runs": RUNS,
            },
            packages=("torch", "transformers"),
        )
    print(path.read_text())  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
