"""The ablation matrix: one table of cross-validated variants of a configuration.

    python -m rewardsvc.core.evaluation.ablation --snapshot DIR --config FILE.json --out FILE.json

The configuration holds `base` (training settings), `axes` (a dotted setting to its values; the
matrix is their product) or `variants` (a list of dotted settings each), `folds` and `seeds`.
Invalid combinations of settings are listed with the reason. Finished variants are saved in the
output, so that an interrupted call can be resumed.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annotation.snapshots.format.fields import Fields
from rewardsvc.core.clustered import DIFFERENCE, Estimate, clustered_estimate
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import PreferenceData, build_data
from rewardsvc.core.errors import RewardError, TrainingError
from rewardsvc.core.evaluation.calibration import fit_tie_threshold
from rewardsvc.core.evaluation.crossfit import cross_fit
from rewardsvc.core.pair_metrics import pair_correct, pair_log_loss
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.inputs import open_images
from rewardsvc.core.training.settings import TrainConfig

Variant = dict[str, Any]


def variants(matrix: Mapping[str, Any]) -> Iterator[Variant]:
    """Yield the dotted settings of each variant, in the order of the axes' product."""
    fields = Fields(matrix, "the ablation", TrainingError)
    fields.only(("base", "axes", "variants", "folds", "seeds"))
    if ("axes" in matrix) == ("variants" in matrix):
        raise TrainingError("the ablation: expected axes or variants, one of the two")
    if "variants" in matrix:
        for each in fields.get("variants", list):
            yield dict(Fields(each, "the ablation", TrainingError, "variants").value)
        return
    axes = fields.get("axes", dict)
    for name, values in axes.items():
        if not isinstance(values, list) or not values:
            raise TrainingError(f"the ablation: axes.{name} is {values!r}, expected values")
    for chosen in itertools.product(*axes.values()):
        yield dict(zip(axes, chosen, strict=True))


def configured(base: Mapping[str, Any], variant: Variant) -> TrainConfig:
    """Return the base settings overridden by a variant. Raises TrainingError naming a misfit."""
    settings: dict[str, Any] = json.loads(json.dumps(base))
    for name, value in variant.items():
        *path, last = name.split(".")
        target = settings
        for part in path:
            target = target.setdefault(part, {})
            if not isinstance(target, dict):
                raise TrainingError(f"the ablation: {name} leads into {part}, which is no object")
        target[last] = value
    return TrainConfig.from_json(settings)


def measure(config: TrainConfig, data: PreferenceData, images: Any, folds: int, seeds: int) -> Any:
    """Return a variant's out-of-fold metrics over all pairs, averaged over seeds."""
    per_seed, losses, ties, seconds = [], [], [], 0.0
    for seed in range(seeds):
        seeded = replace(config, seed=config.seed + seed)
        fitted = cross_fit(seeded, data, images, n_folds=folds, fold_seed=seed)
        per_seed.append(pair_correct(fitted.unmodified, data.pairs))
        losses.append(pair_log_loss(fitted.unmodified, data.pairs))
        gap = fitted.unmodified.reward[data.pairs.i] - fitted.unmodified.reward[data.pairs.j]
        ties.append(fit_tie_threshold(gap, data.pairs.outcome)[1])
        seconds += sum(fitted.seconds)
    correct = np.mean(per_seed, 0)
    decided = data.pairs.outcome != 0
    return {
        "accuracy": asdict(clustered_estimate(correct, data.pairs.source[decided])),
        "log_loss": float(np.mean([x for x in losses if x is not None])),
        "three_way": float(np.mean(ties)),
        "seconds": seconds,
        # The key of files written by earlier versions, which can be resumed.
        "credit": correct.tolist(),
    }


def run(
    matrix: Mapping[str, Any], data: PreferenceData, image_folder: Path, out: Path
) -> dict[str, Any]:
    """Measure every variant; save finished ones in `out`, and skip those already there."""
    base, folds, seeds = matrix.get("base", {}), matrix.get("folds", 3), matrix.get("seeds", 1)
    table = _saved(out, matrix, data)
    for variant in variants(matrix):
        name = json.dumps(variant, sort_keys=True)
        if name in table["rows"]:
            continue
        try:
            config = configured(base, variant)
        except RewardError as error:
            table["rows"][name] = {"variant": variant, "why": str(error)}
            continue
        images = open_images(config, data, in_folder(image_folder))
        row = measure(config, data, images, folds, seeds)
        table["rows"][name] = {"variant": variant, **row}
        _save(out, table)
        print(f"{name}: {row['accuracy']['value']:.3f}", file=sys.stderr)  # noqa: T201
    _add_leads(table, data)
    _save(out, table)
    return table


def _add_leads(table: dict[str, Any], data: PreferenceData) -> None:
    """Add to each row its paired difference to the first measured row."""
    source = data.pairs.source[data.pairs.outcome != 0]
    first: list[float] | None = None
    for row in table["rows"].values():
        if "credit" not in row:
            continue
        if first is None:
            first = row["credit"]
        else:
            difference = np.array(row["credit"]) - np.array(first)
            row["lead"] = asdict(clustered_estimate(difference, source, bounds=DIFFERENCE))


def _saved(out: Path, matrix: Mapping[str, Any], data: PreferenceData) -> dict[str, Any]:
    fresh = {"config": dict(matrix), "snapshot_sha256": data.snapshot_sha256, "rows": {}}
    if not out.exists():
        return fresh
    found: dict[str, Any] = json.loads(out.read_text())
    if {k: found.get(k) for k in ("config", "snapshot_sha256")} != {
        k: fresh[k] for k in ("config", "snapshot_sha256")
    }:
        raise TrainingError(f"{out} holds another ablation; nothing was written")
    return found


def _save(out: Path, table: Mapping[str, Any]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f"{out.name}.partial")
    partial.write_text(json.dumps(table, indent=1) + "\n")
    partial.replace(out)


def markdown(table: Mapping[str, Any]) -> str:
    """Return the table for docs/experiments.md, best first."""
    measured = [row for row in table["rows"].values() if "accuracy" in row]
    lines = [
        "| variant | accuracy [95 %] | lead over the first [95 %] | log loss | three-way | s |",
        "|---|---|---|---|---|---|",
    ]
    for row in sorted(measured, key=lambda each: -each["accuracy"]["value"]):
        lead = _estimate(row["lead"]) if "lead" in row else "–"
        settings = ", ".join(f"{k.rsplit('.', 1)[-1]} {v}" for k, v in row["variant"].items())
        lines.append(
            f"| {settings} | {_estimate(row['accuracy'])} | {lead} | {row['log_loss']:.3f} | "
            f"{row['three_way']:.3f} | {row['seconds']:.0f} |"
        )
    refused = [row for row in table["rows"].values() if "why" in row]
    return "\n".join([*lines, *(f"\nRefused: {row['variant']}: {row['why']}" for row in refused)])


def _estimate(row: Mapping[str, Any]) -> str:
    found = Estimate(**{key: row[key] for key in Estimate.__dataclass_fields__})
    return f"{found.value:.3f} {found.interval}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The ablation matrix of one configuration file.")
    parser.add_argument("--snapshot", type=Path, required=True, help="snapshot folder with images")
    parser.add_argument("--config", type=Path, required=True, help="JSON of base and axes")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(2)
    started = time.monotonic()
    try:
        matrix = json.loads(arguments.config.read_text())
        data = build_data(read_snapshot(arguments.snapshot))
        table = run(matrix, data, arguments.snapshot, arguments.out)
    except (RewardError, OSError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    print(markdown(table))  # noqa: T201
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
