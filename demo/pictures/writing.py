"""The set on disk: images, the manifest an import reads, and the truth a simulation reads."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from demo.pictures.candidates import Item
from demo.pictures.edits import make_edit
from demo.pictures.generators import GENERATORS, Plan, make_plan
from demo.pictures.layout import make_source

DEFAULT_SEED = 20260
LICENCE, ORIGIN = "CC0-1.0", "drawn by EditJury"


def _stored(image: Image.Image, folder: Path) -> tuple[str, str]:
    """Write a picture under a neutral name; return its path and sha256."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, subsampling=0)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    path = f"images/{digest[:20]}.jpg"
    (folder / path).write_bytes(buffer.getvalue())
    return path, digest


def _truth(plan: Plan) -> dict[str, Any]:
    return {
        "instruction_following": round(plan.instruction_following, 3),
        "visual_quality": round(plan.visual_quality, 3),
        "outcome": plan.outcome,
        "faults": [name for name, _ in plan.faults],
    }


def plans(n_items: int, seed: int, *, first: int = 0) -> Iterator[list[Plan]]:
    """Yield what each generator makes of each item from the first on, without drawing anything."""
    for index in range(first, first + n_items):
        yield [
            make_plan(generator, np.random.default_rng([seed, index, 91, number]))
            for number, generator in enumerate(GENERATORS)
        ]


def write_set(
    folder: Path,
    *,
    n_items: int = 96,
    first: int = 0,
    seed: int = DEFAULT_SEED,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Draw n_items of the set, from index `first` on, into a folder; return its manifest's path.

    truth.json maps the sha256 of each candidate's bytes to its latent quality (1 to 4 per
    dimension) and its faults. The same index and seed give the same pictures.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    truth: dict[str, Any] = {}
    for index, plan_row in enumerate(plans(n_items, seed, first=first), start=first):
        row, qualities = _write_item(folder, index, seed, plan_row)
        rows.append(row)
        truth |= qualities
        if progress:
            progress(index + 1 - first, n_items)
    manifest = folder / "manifest.json"
    (folder / "truth.json").write_text(json.dumps(truth, indent=1), encoding="utf-8")
    manifest.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    return manifest


def _write_item(
    folder: Path, index: int, seed: int, plan_row: list[Plan]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw one item; return its row of the manifest and the truth about its candidates."""
    scene = make_source(index, seed)
    edit = make_edit(scene, index, seed)
    item = Item(scene, edit)
    source, _ = _stored(Image.fromarray(item.source), folder)
    candidates, truth = {}, {}
    for number, (generator, plan) in enumerate(zip(GENERATORS, plan_row, strict=True)):
        rng = np.random.default_rng([seed, index, number])
        path, digest = _stored(item.candidate(plan, rng), folder)
        truth[digest] = _truth(plan)
        candidates[generator.name] = {
            "path": path,
            "version": generator.version,
            "seed": str(rng.integers(1_000, 10**6)),
        }
    row = {
        "instruction": edit.instruction,
        "category": edit.category,
        "source": source,
        "licence": LICENCE,
        "origin": ORIGIN,
        "candidates": candidates,
    }
    return row, truth
