"""The report on a snapshot: cross-validated accuracy over seeds, agreement and controls.

    python -m rewardsvc.core.evaluation.experiment --snapshot DIR --out FILE.json
        [--folds 5] [--seeds 5]

Writes the metrics as JSON and prints them as a Markdown table.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from annotation.snapshots.format.snapshot import Snapshot
from rewardsvc.core.clustered import DIFFERENCE, Estimate, clustered_estimate
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import PreferenceData, build_data
from rewardsvc.core.errors import RewardError
from rewardsvc.core.evaluation import controls
from rewardsvc.core.evaluation.agreement import leave_one_out_agreement
from rewardsvc.core.evaluation.crossfit import UNMODIFIED, CrossFit, assign_folds, cross_fit
from rewardsvc.core.pair_metrics import gap_correct, pair_correct, pair_log_loss
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.inputs import open_images
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import EpochDone, StepDone

Floats = NDArray[np.float64]


@dataclass
class Collected:
    """Results of the seeds. correct: by report row, one array (n_decisive_pairs,) per seed."""

    correct: dict[str, list[Floats]] = field(default_factory=dict)
    log_losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, name: str, values: Floats) -> None:
        self.correct.setdefault(name, []).append(values)


def run(  # noqa: PLR0913 - settings, by keyword
    snapshot: Snapshot,
    data: PreferenceData,
    images: Any,
    config: TrainConfig,
    *,
    folds: int,
    seeds: int,
    retrained: int = 0,
) -> dict[str, Any]:
    """Return the report: one estimate per row, over the same out-of-fold pairs.

    seeds: number of runs; each assigns folds and trains again. retrained: how many of them also
    train a model on shuffled instructions. Such a model is a stronger control than a trained model
    whose input is altered.
    """
    collected = Collected()
    for seed in range(seeds):
        seeded = replace(config, seed=config.seed + seed)
        shown = cross_fit(
            seeded,
            data,
            images,
            n_folds=folds,
            fold_seed=seeded.seed,
            views=controls.views(data, seed=seeded.seed),
            progress=lambda fold, event, seed=seed: _print(seed, fold, event),  # type: ignore[misc]
        )
        _collect(collected, shown, data, images)
        if seed < retrained:
            _retrain(collected, seeded, data, images, folds)
    return _report(collected, snapshot, data, config, (folds, seeds))


def _collect(collected: Collected, shown: CrossFit, data: PreferenceData, images: Any) -> None:
    for name, predicted in shown.predictions.items():
        collected.add(name, pair_correct(predicted, data.pairs))
    decisive = data.pairs.take(data.pairs.outcome != 0)
    simple = {
        "generator mean": controls.generator_means(data, shown.fold),
        "pixel difference": controls.pixel_difference(data, images, shown.fold),
    }
    for name, scores in simple.items():
        collected.add(name, gap_correct(controls.score_gaps(scores, decisive), decisive.outcome))
    collected.log_losses.append(pair_log_loss(shown.unmodified, data.pairs) or float("nan"))
    collected.seconds.extend(shown.seconds)


def _retrain(
    collected: Collected,
    config: TrainConfig,
    data: PreferenceData,
    images: Any,
    folds: int,
) -> None:
    """Train a control's model on data with shuffled instructions."""
    fold = assign_folds(data.sources, folds, seed=config.seed)
    altered = controls.shuffled_instructions(data, seed=config.seed)
    shown = cross_fit(config, altered, images, n_folds=folds, fold_seed=config.seed)
    if not np.array_equal(fold, shown.fold):
        raise RewardError("a control was trained on other folds")
    name = "shuffled instructions, trained so"
    collected.add(name, pair_correct(shown.unmodified, data.pairs))


def _print(seed: int, fold: int, event: StepDone | EpochDone) -> None:
    if isinstance(event, EpochDone) and event.epoch == event.epochs:
        accuracy = "–" if event.held_out_accuracy is None else f"{event.held_out_accuracy:.3f}"
        text = f"seed {seed}, fold {fold}: accuracy {accuracy} on {event.held_out_pairs} pairs"
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is a command


def _report(
    collected: Collected,
    snapshot: Snapshot,
    data: PreferenceData,
    config: TrainConfig,
    shape: tuple[int, int],
) -> dict[str, Any]:
    decisive = data.pairs.outcome != 0
    cluster = data.pairs.source[decisive]
    rows: dict[str, Any] = {}
    for name, per_seed in collected.correct.items():
        estimate = clustered_estimate(np.mean(per_seed, 0), cluster)
        by_seed = [float(values.mean()) for values in per_seed]
        rows[name] = {**asdict(estimate), "by_seed": by_seed}
        if name != UNMODIFIED and len(per_seed) == len(collected.correct[UNMODIFIED]):
            lead = np.mean(collected.correct[UNMODIFIED], 0) - np.mean(per_seed, 0)
            rows[name]["lead"] = asdict(clustered_estimate(lead, cluster, bounds=DIFFERENCE))
    agreement = leave_one_out_agreement(snapshot)
    return {
        "snapshot_sha256": data.snapshot_sha256,
        "target": data.target,
        "folds": shape[0],
        "seeds": shape[1],
        "config": config.to_json(),
        "pairs": {
            "decisive": int(decisive.sum()),
            "ties": int((~decisive).sum()),
            **data.left_out,
        },
        "sources": len(data.sources),
        "triples": len(data.triples),
        "judgments": sum(bool(r["in_force"]) for r in snapshot.tables["judgments"]),
        "accuracy": rows,
        "agreement": None if agreement is None else asdict(agreement),
        "log_loss": float(np.mean(collected.log_losses)),
        "training_seconds": {
            "median": float(np.median(collected.seconds)),
            "total": float(np.sum(collected.seconds)),
        },
        "environment": {
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "machine": platform.machine(),
        },
    }


def markdown(report: dict[str, Any]) -> str:
    """Return the table for docs/experiments.md."""

    def line(name: str, row: dict[str, Any]) -> str:
        estimate = Estimate(**{key: row[key] for key in Estimate.__dataclass_fields__})
        return f"| {name} | {estimate.value:.3f} | {estimate.interval} | {estimate.n} |"

    lines = ["| row | accuracy | 95 % interval | n |", "|---|---|---|---|"]
    lines.append(line("reward model", report["accuracy"][UNMODIFIED]))
    if report["agreement"] is not None:
        lines.append(line("one annotator against the others", report["agreement"]))
    lines += [line(name, row) for name, row in report["accuracy"].items() if name != UNMODIFIED]
    return "\n".join(lines)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--snapshot", type=Path, required=True, help="snapshot folder with images")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--retrained", type=int, default=0, help="seeds with retrained controls")
    parser.add_argument("--target", choices=("verdict", "scores"), default="verdict")
    parser.add_argument("--config", type=Path, help="JSON of training settings")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    torch.set_num_threads(arguments.threads)
    started = time.monotonic()
    try:
        settings = json.loads(arguments.config.read_text()) if arguments.config else {}
        config = TrainConfig.from_json(settings)
        snapshot = read_snapshot(arguments.snapshot)
        data = build_data(snapshot, target=arguments.target)
        images = open_images(config, data, in_folder(arguments.snapshot))
        report = run(
            snapshot,
            data,
            images,
            config,
            folds=arguments.folds,
            seeds=arguments.seeds,
            retrained=arguments.retrained,
        )
    except (RewardError, OSError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    report["wall_seconds"] = time.monotonic() - started
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    print(markdown(report))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
