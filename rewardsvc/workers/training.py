"""The training job: a model per fold, the final one, and the champion check."""

import logging
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from django.conf import settings

from annotation.errors import DomainError
from annotation.snapshots.format.snapshot import Snapshot
from annotation.snapshots.services import campaign_snapshot, write_folder
from annotation.version import VERSION
from jobs.errors import JobError
from jobs.runner import Context
from rewardsvc.core import checkpoint, memory
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import PreferenceData, build_data
from rewardsvc.core.errors import RewardError, TrainingError
from rewardsvc.core.evaluation.crossfit import assign_folds
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training.inputs import open_images
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import Event, FirstBatch, FitResult, StepDone, fit
from rewardsvc.errors import CheckpointDamaged
from rewardsvc.models import RewardModel, RunPoint, TrainingRun
from rewardsvc.services import runs
from rewardsvc.services.checkpoints import discard, fetch, store
from rewardsvc.workers import faults
from rewardsvc.workers.device import best_device
from rewardsvc.workers.judging import Stage, Trained, judge
from rewardsvc.workers.logs import RunLog

logger = logging.getLogger(__name__)

# Seconds between checks of the job's claim during an epoch; short, for a prompt cancel.
_CHECK_SECONDS = 2.0


def run_training(context: Context) -> dict[str, Any]:
    """Job handler. After a killed worker, the next one resumes after the last finished epoch."""
    run = TrainingRun.objects.get(pk=context.payload["run"])
    if run.finished_at is not None:
        return {"run": str(run.public_id)}
    folder = runs.work_folder(run)
    try:
        with faults.named(folder):
            models, metrics = _train(context, run, folder)
    except (RewardError, DomainError, CheckpointDamaged) as error:
        if not run.points.exists():
            shutil.rmtree(folder, ignore_errors=True)  # there is no finished epoch to resume from
        raise JobError(str(error)) from error
    promoted = _register(context, run, models, metrics)
    shutil.rmtree(folder, ignore_errors=True)
    return {"run": str(run.public_id), "promoted": promoted}


def _train(
    context: Context, run: TrainingRun, folder: Path
) -> tuple[list[Trained], dict[str, Any]]:
    """Train the models of a run; return them and the run's metrics."""
    config = TrainConfig.from_json(run.config, backbone=run.backbone)
    start = starting_point(run, folder)
    data, images, snapshot = _load(context, run, config, folder)
    _check_start(run, config, data, start)
    log = RunLog(runs.log_folder(run))
    training = _Training(context, run, config, data, images, folder, start, log)
    try:
        models = training.train()
        context.progress(0, None, "Checking against controls and the champion")
        metrics = judge(run, snapshot, data, images, models)
        metrics["notes"] = run.metrics.get("notes", [])
        log.write_metrics(metrics)
    except Exception as error:
        if isinstance(error, JobError) or not memory.is_out_of_memory(error):
            raise
        raise JobError(f"The worker ran out of memory while checking the models. ({error})") from (
            error
        )
    finally:
        log.close()
    return models, metrics


def _register(
    context: Context, run: TrainingRun, models: list[Trained], metrics: dict[str, Any]
) -> bool:
    """Store the checkpoints and register the models; after any failure, remove both.

    Returns whether the final model became champion.
    """
    context.checkpoint()
    # Files that a killed worker stored are not registered, and are removed. Each attempt has a
    # separate folder, so that two workers that both assume to hold the claim cannot mix files.
    folder = f"models/{run.public_id}"
    attempt = f"{folder}/{context.job.pk}-{context.job.fence}"
    discard(folder)
    rows = [_registered(run, model, attempt) for model in models]
    try:
        with faults.named(Path(settings.MEDIA_ROOT)):
            for row, model in zip(rows, models, strict=True):
                store(row, model.folder)
        return runs.register_models(context=context, run=run, models=rows, metrics=metrics)
    except BaseException:
        discard(attempt)
        raise


def starting_point(run: TrainingRun, folder: Path) -> Path | None:
    """Return a local copy of the checkpoint that a run starts from; None for random weights.

    Raises CheckpointDamaged naming a file that is missing or altered.
    """
    if run.started_from is None:
        return None
    return fetch(run.started_from, folder / "start")


def _check_start(
    run: TrainingRun, config: TrainConfig, data: PreferenceData, start: Path | None
) -> None:
    """Raise TrainingError before any training if the model to start from does not fit."""
    if run.started_from is None:
        return
    dimensions = tuple(run.started_from.dimensions)
    if dimensions != data.dimensions:
        raise TrainingError(
            f"The model to start from judges {', '.join(dimensions)}; "
            f"the rubric of this campaign asks for {', '.join(data.dimensions)}."
        )
    # The final stage, hours later, would be the first to fail on settings that do not fit.
    with torch.random.fork_rng():
        config.network(data, start=start)
    memory.release()


def _load(
    context: Context, run: TrainingRun, config: TrainConfig, folder: Path
) -> tuple[PreferenceData, Any, Snapshot]:
    context.progress(0, None, "Freezing the data")
    with faults.named(Path(settings.MEDIA_ROOT)):
        frozen = campaign_snapshot(run.campaign, run.snapshot_sha256 or None, actor=run.created_by)
    runs.fix_snapshot(run, frozen.content_sha256)
    snapshot_folder = write_folder(frozen, folder / "snapshot")
    snapshot = read_snapshot(snapshot_folder)
    data = build_data(snapshot, target=run.target)  # type: ignore[arg-type]
    runs.fix_presentation(run, edit_size=data.edit_size, watermarks=data.watermarks)
    context.progress(0, None, "Decoding images")
    return data, open_images(config, data, in_folder(snapshot_folder)), snapshot


@dataclass
class _Training:
    """Train every stage of a run and store the curves."""

    context: Context
    run: TrainingRun
    config: TrainConfig
    data: PreferenceData
    images: Any
    folder: Path
    start: Path | None
    log: RunLog
    checked: float = field(default_factory=time.monotonic)

    def train(self) -> list[Trained]:
        stages = _stages(self.data, self.run.n_folds)
        return [self._train_stage(n, stage, len(stages)) for n, stage in enumerate(stages)]

    def _train_stage(self, number: int, stage: Stage, n_stages: int) -> Trained:
        folder = self.folder / f"stage-{stage.fold}"
        result = self._fit(number, stage, n_stages, folder)
        card = checkpoint.ModelCard(
            snapshot_sha256=self.data.snapshot_sha256,
            rubric_versions=self.data.rubric_versions,
            code_version=VERSION,
            target=self.run.target,
            fold=None if stage.fold == RunPoint.FINAL else stage.fold,
            training=self.config.to_json(),
            metrics={"history": [asdict(epoch) for epoch in result.history]},
        )
        checkpoint.save(folder / "model", result.model, card)
        return Trained(stage, self.data.dimensions, folder / "model")

    def _fit(self, number: int, stage: Stage, n_stages: int, folder: Path) -> FitResult:
        """Fit a stage; if memory runs out, retry with fewer items at a time."""

        def work(_: int) -> FitResult:
            return fit(
                self.config,
                self.data,
                self.images,
                train_sources=stage.train_sources,
                eval_sources=stage.eval_sources,
                out_dir=folder / "state",
                # The earlier model was trained on every training source. A fold's model that
                # started from it would have been trained on the sources that it leaves out.
                start=self.start if stage.fold == RunPoint.FINAL else None,
                progress=self._follow(number, stage, n_stages),
                device=best_device(),
            )

        items = self.config.micro_items or self.config.batch_items
        return memory.with_fewer(items, work, self._shrink)

    def _shrink(self, items: int, smaller: int | None, error: Exception) -> None:
        if smaller is None:
            raise JobError(
                "The worker ran out of memory with a single item at a time: choose a smaller "
                f"model, fewer visual tokens, or a larger machine. ({error})"
            ) from error
        logger.warning("out of memory with %d items at a time, going on with %d", items, smaller)
        self.config = replace(self.config, micro_items=smaller)
        runs.choose_smaller(self.run, smaller)

    def _follow(self, number: int, stage: Stage, n_stages: int) -> Callable[[Event], None]:
        total = n_stages * self.config.epochs

        def follow(event: Event) -> None:
            self.log.event(stage.title.lower().replace(" ", "-"), event)
            if isinstance(event, FirstBatch):
                runs.add_notes(self.run, [f"{stage.title}: {note}" for note in event.notes])
                return
            if isinstance(event, StepDone):
                if time.monotonic() - self.checked > _CHECK_SECONDS:
                    self.checked = time.monotonic()
                    self.context.checkpoint()
                return
            runs.add_point(
                run=self.run,
                fold=stage.fold,
                epoch=event.epoch,
                loss=event.loss,
                held_out_accuracy=event.held_out_accuracy,
                held_out_pairs=event.held_out_pairs,
            )
            done = number * self.config.epochs + event.epoch
            self.context.progress(
                done, total, f"{stage.title}, epoch {event.epoch} of {event.epochs}"
            )

        return follow


def _stages(data: PreferenceData, n_folds: int) -> list[Stage]:
    sources = data.train_sources
    folds = assign_folds(sources, n_folds)
    stages = [
        Stage(
            fold=n,
            train_sources=[s for s, fold in zip(sources, folds, strict=True) if fold != n],
            eval_sources=[s for s, fold in zip(sources, folds, strict=True) if fold == n],
        )
        for n in range(n_folds)
    ]
    return [*stages, Stage(RunPoint.FINAL, sources, data.held_out_sources)]


def _registered(run: TrainingRun, trained: Trained, folder: str) -> RewardModel:
    is_final = trained.stage.fold == RunPoint.FINAL
    public_id = uuid.uuid4()
    return RewardModel(
        public_id=public_id,
        campaign=run.campaign,
        run=run,
        fold=None if is_final else trained.stage.fold,
        fold_sources=[] if is_final else list(trained.stage.eval_sources),
        dimensions=list(trained.dimensions),
        path=f"{folder}/{'final' if is_final else trained.stage.fold}",
    )
