"""The metrics of a run's models: accuracies, controls, calibration, and the champion check."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, overload

from annotation.snapshots.format.snapshot import Snapshot
from rewardsvc.core import checkpoint
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.evaluation import report
from rewardsvc.core.pair_metrics import accuracy
from rewardsvc.core.predict import Predictions
from rewardsvc.models import RunPoint, TrainingRun
from rewardsvc.workers.championship import champion_check
from rewardsvc.workers.device import best_device


@dataclass(frozen=True)
class Stage:
    """One model to train. fold: the fold left out, or RunPoint.FINAL."""

    fold: int
    train_sources: Sequence[str]
    eval_sources: Sequence[str]

    @property
    def title(self) -> str:
        return "Final model" if self.fold == RunPoint.FINAL else f"Fold {self.fold + 1}"


@dataclass(frozen=True)
class Trained:
    """A finished stage. Its model is in `folder`, so that only one model is in memory."""

    stage: Stage
    dimensions: tuple[str, ...]
    folder: Path


class _Parts(Sequence[report.Part]):
    """Trained models with the sources that each left out; a model is loaded on access."""

    def __init__(self, stages: Sequence[Trained]) -> None:
        self._stages = stages

    def __len__(self) -> int:
        return len(self._stages)

    @overload
    def __getitem__(self, index: int) -> report.Part: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[report.Part]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return _Parts(self._stages[index])
        trained = self._stages[index]
        model, _ = checkpoint.load(trained.folder, device=best_device())
        return model, trained.stage.eval_sources


def judge(
    run: TrainingRun,
    snapshot: Snapshot,
    data: PreferenceData,
    images: Any,
    models: Sequence[Trained],
) -> dict[str, Any]:
    """Return the run's metrics; `check` has whether the final model is promoted."""
    seed = int(run.config.get("seed", 0))
    out_of_fold = report.predict_views(data, images, _Parts(models[:-1]), seed=seed)
    held_out = report.predict_views(data, images, _Parts(models[-1:]), seed=seed)
    table = report.controls_table(held_out, data, images, data.held_out_sources)
    fold_table = report.controls_table(out_of_fold, data, images, data.train_sources)
    return {
        "out_of_fold": _estimate(out_of_fold[report.UNMODIFIED], data, data.train_sources),
        "held_out": _estimate(held_out[report.UNMODIFIED], data, data.held_out_sources),
        "left_out": dict(data.left_out),
        "rubric_versions": list(data.rubric_versions),
        "controls": {
            "held_out": table,
            "out_of_fold": fold_table,
            "humans": report.ceiling(snapshot),
        },
        # There are more out-of-fold pairs, and so narrower intervals.
        "reads_instruction": report.reads_instruction(fold_table or table),
        "calibration": report.calibration(
            out_of_fold[report.UNMODIFIED],
            held_out[report.UNMODIFIED],
            data,
            dev_sources=data.train_sources,
            test_sources=data.held_out_sources,
        ),
        **champion_check(run, data, held_out[report.UNMODIFIED]),
    }


def _estimate(
    predicted: Predictions, data: PreferenceData, sources: Sequence[str]
) -> dict[str, Any] | None:
    """Return the accuracy without ties and its interval; None where no pair is decisive."""
    pairs = data.pairs_of(sources)
    if not pairs.outcome.any():
        return None
    return asdict(accuracy(predicted, pairs))
