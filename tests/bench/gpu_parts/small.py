"""The tiny models, triples and trainings that the correctness parts use."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image

from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import build_data
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.vlm.building import build
from rewardsvc.core.vlm.settings import VlmSettings
from tests.rewardsvc.core.snapshots import make_snapshot
from tests.rewardsvc.core.vlm import tiny

FAMILIES = ("qwen2.5-vl", "qwen3-vl")
LEVELS = [{"value": n, "name": f"level {n}", "text": ""} for n in (1, 2, 3, 4)]
RUBRIC = {
    "dimensions": [
        {"slug": slug, "name": slug, "levels": LEVELS, "criteria": []}
        for slug in ("following", "quality")
    ]
}


def base(folder, family):
    """Write a tiny base model, once a folder."""
    place = Path(folder) / family
    return place if (place / "config.json").exists() else tiny.base(place, family)


def model(context, folder, family, **settings):
    """Return a tiny model on the part's device, its heads and reward rows random."""
    place = base(folder, family)  # draws, where it is made: before the seed
    torch.manual_seed(1)
    data = SimpleNamespace(dimensions=("following", "quality"), rubric=RUBRIC)
    given = {"base": str(place), "tokens": 9, "head_dropout": 0.0, **settings}
    made = build(VlmSettings(**given), data)
    with torch.no_grad():
        for parameter in made.network.heads.parameters():
            parameter.normal_(std=0.1)
        made.network.reward_rows.normal_()
    return made.to(context.device).eval()


def in_bfloat16(made):
    """Round a model's backbone; its tables of rotations stay as they are, as when it is loaded."""
    for parameter in made.network.backbone.parameters():
        parameter.data = parameter.data.bfloat16()
    return made


def triples():
    """Return items of three, three and one edits of various sizes, instructions of any length."""
    rng = np.random.default_rng(7)
    sizes = [(90, 60), (64, 64), (150, 70), (70, 150)]
    instructions = ["Make the sky red.", "Remove the dog on the left side, please.", "Keep it"]

    def picture(size):
        small = Image.fromarray(rng.integers(0, 256, (9, 9, 3), np.uint8))
        return small.resize(size, Image.Resampling.BICUBIC)

    found = []
    for n, count in enumerate((3, 3, 1)):
        source = picture(sizes[n])
        found += [(source, picture(sizes[(n + k) % 4]), instructions[n]) for k in range(count)]
    return found


def snapshot(folder):
    """Draw a snapshot of four items, one of them held out, and return its folder and data."""
    place = Path(folder) / "snapshot"
    if not place.exists():
        make_snapshot(place, n_items=4, seed=3)
    return place, build_data(read_snapshot(place))


def config(folder, *, epochs=3, items=3, **model_settings):
    """Return settings whose steps are the same however few items fit at a time."""
    given = {"base": str(base(folder, FAMILIES[0])), "tokens": 9, "head_dropout": 0.0}
    objective = {"negative_instruction_weight": 0.0, "dimension_weight": 0.0}
    return TrainConfig.from_json(
        {"epochs": epochs, "batch_items": items, "lr": 1e-4, "objective": objective,
         "model": given | model_settings},
        backbone=FAMILIES[0],
    )  # fmt: skip


def images(settings, place, data):
    shas = {sha for t in data.triples for sha in (t.source_sha, t.edit_sha)}
    return settings.images(shas, in_folder(place))


def exact(context):
    """Let float32 be float32 on the GPU: no TF32 in products or convolutions."""
    if context.cuda:
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False


def weights(model):
    """Return a model's trained weights as one vector."""
    trained = (p.detach().float().cpu().flatten() for p in model.parameters() if p.requires_grad)
    return torch.cat(list(trained))


def distance(some, others, start):
    """Return how far two trained models lie apart, over how far training moved the second."""
    first, second, before = (weights(each) for each in (some, others, start))
    return float((first - second).norm() / (second - before).norm())


def start(context, settings, data):
    """Return the model that a training of these settings begins with."""
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return settings.network(data).to(context.device)
