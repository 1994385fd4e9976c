"""Small real snapshots: drawn images, Parquet parts and a manifest, as docs/snapshot-format.md."""

import hashlib
import io
import json
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

DIMENSIONS = ["instruction_following", "visual_quality"]
COLOURS = {
    "red": (200, 40, 40),
    "green": (50, 160, 60),
    "blue": (50, 80, 200),
    "yellow": (225, 200, 50),
}
SHAPES = ("circle", "square")
# Per generator: what it does for one item is drawn from these with the given chances.
DEEDS = ("right", "wrong_shape", "nothing", "noisy", "cast")
QUALITY = {
    "right": (4, 4),
    "cast": (3, 3),
    "noisy": (3, 1),
    "nothing": (1, 3),
    "wrong_shape": (1, 2),
}
SIDE = 96


def draw(places, colours, background):
    image = Image.new("RGB", (SIDE, SIDE), background)
    pen = ImageDraw.Draw(image)
    for shape, (x, y) in places.items():
        box = (x - 14, y - 14, x + 14, y + 14)
        (pen.ellipse if shape == "circle" else pen.rectangle)(box, fill=colours[shape])
    return image


def spoil(image, deed, rng):
    pixels = np.asarray(image, float)
    if deed == "noisy":
        pixels = pixels + rng.normal(0, 25, pixels.shape)
    if deed == "cast":
        pixels = pixels + np.array([30, -10, -25])
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


class Maker:
    """Draws items and collects the rows of the four tables."""

    def __init__(self, folder, seed):
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.rows = {"items": [], "candidates": [], "judgments": [], "labels": []}
        (folder / "images").mkdir(parents=True)
        (folder / "parts").mkdir()

    def image(self, image):
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        sha = hashlib.sha256(buffer.getvalue()).hexdigest()
        (self.folder / "images" / sha).write_bytes(buffer.getvalue())
        return sha

    def item(self, n, held_out):
        rng = self.rng
        shape, other = rng.permutation(SHAPES)
        before = dict(zip(SHAPES, rng.choice(list(COLOURS), 2), strict=True))
        wanted = rng.choice([c for c in COLOURS if c != before[shape]])
        places = {"circle": rng.integers(20, 40, 2), "square": rng.integers(56, 76, 2)}
        if rng.random() < 0.5:
            places = {"circle": places["square"], "square": places["circle"]}
        background = tuple(int(v) for v in rng.integers(90, 170, 3))
        fill = {s: COLOURS[c] for s, c in before.items()}
        source = draw(places, fill, background)
        edits = {
            "right": draw(places, {**fill, shape: COLOURS[wanted]}, background),
            "wrong_shape": draw(places, {**fill, other: COLOURS[wanted]}, background),
            "nothing": source,
        }
        instruction = f"Make the {shape} {wanted}."
        item_id = f"item-{n:03d}"
        self.rows["items"].append(
            {
                "item_id": item_id,
                "source_sha256": self.image(source),
                "instruction": instruction,
                "instruction_sha256": hashlib.sha256(instruction.encode()).hexdigest(),
                "category": "colour",
                "random_arm": held_out,
                "split": "held_out" if held_out else "train",
                "source_width": SIDE,
                "source_height": SIDE,
                "licence": "CC0-1.0",
                "origin": "drawn",
                "version": 1,
                "withdrawn": False,
            }
        )
        deeds = rng.permutation(DEEDS)[:4]
        images = [spoil(edits.get(deed, edits["right"]), deed, rng) for deed in deeds]
        self.candidates(item_id, images)
        self.judge(item_id, deeds, "held_out" if held_out else "train", held_out)

    def candidates(self, item_id, images):
        for n, image in enumerate(images):
            self.rows["candidates"].append(
                {
                    "candidate_id": f"{item_id}-{n}",
                    "item_id": item_id,
                    "image_sha256": self.image(image),
                    "generator": f"generator-{(n + int(item_id[-3:])) % 4}",
                    "generator_version": "1",
                    "seed": str(n),
                    "width": SIDE,
                    "height": SIDE,
                    "licence": "CC0-1.0",
                    "origin": "drawn",
                    "version": 1,
                    "withdrawn": False,
                }
            )

    def judge(self, item_id, deeds, split, random_arm):
        for a, b in combinations(range(len(deeds)), 2):
            comparison = f"{item_id}-{a}{b}"
            truth = np.array([QUALITY[deeds[n]] for n in (a, b)])
            votes = [
                self.judgment(comparison, item_id, (a, b), truth, annotator)
                for annotator in self.rng.choice(["ann", "bea", "cem", "dua"], 3, replace=False)
            ]
            outcomes = [int(np.sign(v["ranks"][1] - v["ranks"][0])) for v in votes]
            counts = {o: outcomes.count(o) for o in (1, 0, -1)}
            majority = next((o for o, c in counts.items() if c * 2 > len(votes)), None)
            mean = np.mean([v["scores"] for v in votes], 0)
            gap = float(mean[0].sum() - mean[1].sum())
            self.rows["labels"].append(
                {
                    "comparison_id": comparison,
                    "item_id": item_id,
                    "candidate_ids": [f"{item_id}-{a}", f"{item_id}-{b}"],
                    "split": split,
                    "random_arm": random_arm,
                    "n_judgments": len(votes),
                    "dimensions": DIMENSIONS,
                    "mean_scores": mean.tolist(),
                    "pair_outcomes": [majority],
                    "ranks": None,
                    "resolved_by": "majority",
                    "n_conflicts": int(majority is not None and np.sign(gap) != majority),
                    "lane": "coverage",
                    "policy": "all",
                    "propensity": 1.0,
                }
            )

    def judgment(self, comparison, item_id, pair, truth, annotator):
        scores = (truth + self.rng.integers(-1, 2, truth.shape)).clip(1, 4)
        total = scores.sum(1)
        ranks = [1, 1] if total[0] == total[1] else ([1, 2] if total[0] > total[1] else [2, 1])
        row = {
            "judgment_id": f"{comparison}-{annotator}",
            "comparison_id": comparison,
            "item_id": item_id,
            "candidate_ids": [f"{item_id}-{n}" for n in pair],
            "annotator": str(annotator),
            "rubric_version": 1,
            "lane": "coverage",
            "policy": "all",
            "propensity": 1.0,
            "shown_order": [0, 1],
            "scores": scores.tolist(),
            "dimensions": DIMENSIONS,
            "ranks": ranks,
            "tie_kind": "good" if ranks == [1, 1] else None,
            "cannot_judge": "",
            "note": "",
            "active_ms": 9000,
            "evidence": "{}",
            "state": "counted",
            "in_force": True,
        }
        self.rows["judgments"].append(row)
        return row


def write(folder, rows, **more):
    """Write Parquet parts and the manifest of tables given as rows. more: keys of the manifest."""
    tables = {}
    for name, table in rows.items():
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(table), buffer)
        sha = hashlib.sha256(buffer.getvalue()).hexdigest()
        (folder / "parts" / f"{sha}.parquet").write_bytes(buffer.getvalue())
        part = {"path": f"parts/{sha}.parquet", "sha256": sha, "rows": len(table)}
        tables[name] = {"rows": len(table), "parts": [part]}
    levels = [{"value": v, "name": f"level {v}", "text": ""} for v in (1, 2, 3, 4)]
    rubric = {
        "version": 1,
        "criteria_wording": "fault",
        "dimensions": [
            {"slug": s, "name": s, "question": "", "levels": levels, "criteria": []}
            for s in DIMENSIONS
        ],
    }
    manifest = {
        "format": "editjury-snapshot/1",
        "campaign": {
            "public_id": "0" * 32,
            "slug": "shapes",
            "name": "Shapes",
            "k": 2,
            "random_arm_percent": 25,
            "held_out_percent": 25,
        },
        "rubrics": {"1": rubric},
        "dimensions": DIMENSIONS,
        "tables": tables,
        "code_version": "0.1.0",
        **more,
    }
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    manifest["content_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    manifest["created_at"] = "2025-01-01T00:00:00Z"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def make_snapshot(folder, *, n_items=12, seed=0):
    """Draw a snapshot of shapes to be recoloured; every fourth source is held out."""
    maker = Maker(folder, seed)
    for n in range(n_items):
        maker.item(n, held_out=n % 4 == 3)
    write(folder, maker.rows)
    return maker.rows
