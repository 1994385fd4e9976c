"""Measure how well look-alikes are told from edits, on real photographs (docs/experiments.md).

    EDITJURY_REFERENCE_DATA=FOLDER python -m tests.bench.look_alikes [--tune]

Thresholds were set on the one half of the photographs (--tune); the table is of the other half.
"""

import argparse
import re
import sys
import time
from io import BytesIO

import numpy as np
from PIL import Image

from annotation.items.imaging.derivatives import fit_view
from annotation.items.imaging.likeness import (
    COLOUR_LEVELS,
    LEAST_SHARPNESS,
    LUMA_LEVELS,
    as_seen,
    likeness,
)
from annotation.items.imaging.pictures import open_picture
from tests.annotation.items.damage import damaged, re_encoded
from tests.reference import VARIABLE, reference_folder

FOLDERS = ("data/aurora_magicbrush/images", "data/aurora_kubric/images", "data/edit_examples")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def halves():
    """Return the photographs for tuning and for the table; a source and its edits stay together.

    Every fifth file was looked at while the measure was designed, so none is in the table.
    """
    reference = reference_folder()
    if reference is None:
        raise SystemExit(f"{VARIABLE} does not name the reference data's folder")
    files = [
        path
        for folder in FOLDERS
        for path in sorted((reference / folder).rglob("*"))
        if path.suffix.lower() in SUFFIXES
    ]
    groups = {}
    for path in files:
        groups.setdefault((path.parent, re.sub(r"[-_][a-z]*\d*$", "", path.stem)), []).append(path)
    table = [path for i, group in enumerate(groups.values()) if i % 2 for path in group]
    seen = set(files[::5])
    table = [path for path in table if path not in seen]
    return [path for path in files if path not in set(table)], table


def seen(image):
    return as_seen(Image.open(BytesIO(fit_view(image).data)))


def measured(paths):
    """Return by kind of copy the Likeness of every photograph and its copy."""
    chance = np.random.default_rng(17)
    found = {}
    for path in paths:
        image = open_picture(path.read_bytes()).pixels.convert("RGB")
        at, whole = chance.random(2), seen(image)
        for kind, (one, other) in (damaged(image, at) | re_encoded(image)).items():
            left = whole if one is image else seen(one)
            found.setdefault(kind, []).append(likeness(left, seen(other)))
    return found


def distance(found):
    """Return how far a pair is from looking alike: up to 1 it does."""
    parts = found.luma / LUMA_LEVELS, found.colour / COLOUR_LEVELS
    return max(*parts, LEAST_SHARPNESS / max(found.sharpness, 1e-9))


def milliseconds(side=1024):
    """Return the median time of a pair of this size, and with the decoding of both views."""
    noise = np.random.default_rng(1).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    image = Image.fromarray(noise).resize((side, side))
    data = fit_view(image).data
    pixels = as_seen(Image.open(BytesIO(data)))
    alone, whole = [], []
    for _ in range(9):
        begin = time.process_time()
        likeness(pixels, pixels)
        alone.append(time.process_time() - begin)
        views = [as_seen(Image.open(BytesIO(data))) for _ in range(2)]
        likeness(*views)
        whole.append(time.process_time() - begin - alone[-1])
    return 1000 * np.median(alone), 1000 * np.median(whole)


def show(line):
    sys.stdout.write(f"{line}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tune", action="store_true", help="the half that set the thresholds")
    parser.add_argument("--part", type=int, default=0, help="which part of the photographs")
    parser.add_argument("--parts", type=int, default=1, help="how many parts there are")
    args = parser.parse_args()
    paths = halves()[0 if args.tune else 1][args.part :: args.parts]
    show(f"{len(paths)} photographs")
    show("| copy | look alike | distance |\n|---|---|---|")
    for kind, values in measured(paths).items():
        far = [distance(value) for value in values]
        n_alike = sum(value.is_alike for value in values)
        show(f"| {kind} | {n_alike} | {min(far):.2f} to {max(far):.2f} |")
    show(
        "ms per pair of 1024 × 1024: {:.0f}, with both views decoded {:.0f}".format(*milliseconds())
    )


if __name__ == "__main__":
    main()
