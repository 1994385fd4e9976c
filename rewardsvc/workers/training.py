"""The training job: a model per fold, the final one, and the champion check."""

import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from annotation.services.snapshots import campaign_snapshot, write_folder
from annotation.version import VERSION
from jobs.errors import JobError
from jobs.runner import Context
from rewardsvc.core import checkpoint
from rewardsvc.core.crossfit import assign_folds
from rewardsvc.core.data import PreferenceData, build_data
from rewardsvc.core.errors import RewardError
from rewardsvc.core.evaluate import accuracy
from rewardsvc.core.files import in_folder
from rewardsvc.core.predict import Predictions, predict
from rewardsvc.core.settings import TrainConfig
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.train import EpochDone, StepDone, fit
from rewardsvc.models import RewardModel, RunPoint, TrainingRun
from rewardsvc.services import runs
from rewardsvc.services.checkpoints import fetch, store
from rewardsvc.workers.device import best_device

# Between checkpoints of the claim during an epoch: short enough for a prompt cancel.
_CHECK_SECONDS = 2.0


@dataclass(frozen=True)
class _Stage:
    """One model to train. fold: the one left out, or RunPoint.FINAL."""

    fold: int
    train_sources: Sequence[str]
    eval_sources: Sequence[str]

    @property
    def title(self) -> str:
        return "Final model" if self.fold == RunPoint.FINAL else f"Fold {self.fold + 1}"


def run_training(context: Context) -> dict[str, Any]:
    """Job handler. A killed worker's successor goes on after the last finished epoch."""
    run = TrainingRun.objects.get(pk=context.payload["run"])
    if run.finished_at is not None:
        return {"run": str(run.public_id)}
    folder = runs.work_folder(run)
    try:
        config = TrainConfig.from_json(run.config)
        data, images = _load(context, run, config, folder)
        models = _Training(context, run, config, data, images, folder).train()
        promote, metrics = _judge(run, data, images, models)
    except RewardError as error:
        raise JobError(str(error)) from error
    rows = [_registered(run, data, model) for model in models]
    for row, model in zip(rows, models, strict=True):
        store(row, model.folder)
    runs.register_models(context=context, run=run, models=rows, metrics=metrics, promote=promote)
    shutil.rmtree(folder, ignore_errors=True)
    if promote:
        runs.start_rescoring(campaign=run.campaign, actor=run.created_by)
    return {"run": str(run.public_id), "promoted": promote}


def _load(
    context: Context, run: TrainingRun, config: TrainConfig, folder: Path
) -> tuple[PreferenceData, Any]:
    context.progress(0, None, "Freezing the data")
    snapshot = campaign_snapshot(run.campaign, run.snapshot_sha256 or None, actor=run.created_by)
    runs.fix_snapshot(run, snapshot.content_sha256)
    place = write_folder(snapshot, folder / "snapshot")
    data = build_data(read_snapshot(place), target=run.target)  # type: ignore[arg-type]
    context.progress(0, None, "Decoding images")
    shas = {sha for triple in data.triples for sha in (triple.source_sha, triple.edit_sha)}
    return data, config.model.images(sorted(shas), in_folder(place))


@dataclass(frozen=True)
class _Trained:
    stage: _Stage
    model: Any
    folder: Path


@dataclass
class _Training:
    """Train every stage of a run and keep the curves."""

    context: Context
    run: TrainingRun
    config: TrainConfig
    data: PreferenceData
    images: Any
    folder: Path
    checked: float = field(default_factory=time.monotonic)

    def train(self) -> list[_Trained]:
        stages = _stages(self.data, self.run.n_folds)
        return [self._train_stage(n, stage, len(stages)) for n, stage in enumerate(stages)]

    def _train_stage(self, number: int, stage: _Stage, n_stages: int) -> _Trained:
        place = self.folder / f"stage-{stage.fold}"
        result = fit(
            self.config,
            self.data,
            self.images,
            train_sources=stage.train_sources,
            eval_sources=stage.eval_sources,
            out_dir=place / "state",
            progress=self._follow(number, stage, n_stages),
            device=best_device(),
        )
        card = checkpoint.ModelCard(
            snapshot_sha256=self.data.snapshot_sha256,
            rubric_versions=self.data.rubric_versions,
            code_version=VERSION,
            target=self.run.target,
            fold=None if stage.fold == RunPoint.FINAL else stage.fold,
            training=self.config.to_json(),
            metrics={"history": [asdict(epoch) for epoch in result.history]},
        )
        checkpoint.save(place / "model", result.model, card)
        return _Trained(stage, result.model, place / "model")

    def _follow(
        self, number: int, stage: _Stage, n_stages: int
    ) -> Callable[[StepDone | EpochDone], None]:
        total = n_stages * self.config.epochs

        def follow(event: StepDone | EpochDone) -> None:
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


def _stages(data: PreferenceData, n_folds: int) -> list[_Stage]:
    sources = data.train_sources
    folds = assign_folds(sources, n_folds)
    stages = [
        _Stage(
            fold=n,
            train_sources=[s for s, fold in zip(sources, folds, strict=True) if fold != n],
            eval_sources=[s for s, fold in zip(sources, folds, strict=True) if fold == n],
        )
        for n in range(n_folds)
    ]
    return [*stages, _Stage(RunPoint.FINAL, sources, data.held_out_sources)]


def _judge(
    run: TrainingRun, data: PreferenceData, images: Any, models: list[_Trained]
) -> tuple[bool, dict[str, Any]]:
    """Return whether the final model becomes champion, and the run's accuracies."""
    metrics: dict[str, Any] = {
        "out_of_fold": _estimate(_out_of_fold(data, images, models), data, data.train_sources),
        "held_out": None,
        "champion_held_out": None,
        "left_out": dict(data.left_out),
    }
    final = models[-1]
    rows = _rows(data, data.held_out_sources)
    held_out = _estimate(predict(final.model, data, images, rows), data, data.held_out_sources)
    metrics["held_out"] = held_out
    champion = RewardModel.objects.filter(campaign=run.campaign, is_champion=True).first()
    if champion is None or held_out is None or tuple(champion.dimensions) != data.dimensions:
        return True, metrics
    standing = _champion_accuracy(champion, run, data, rows)
    metrics["champion_held_out"] = standing
    return standing is None or held_out["value"] >= standing["value"], metrics


def _champion_accuracy(
    champion: RewardModel,
    run: TrainingRun,
    data: PreferenceData,
    rows: list[int],
) -> dict[str, Any] | None:
    place = fetch(champion, runs.work_folder(run) / "champion")
    model, _ = checkpoint.load(place)
    shown = [data.triples[row] for row in rows]
    shas = {sha for triple in shown for sha in (triple.source_sha, triple.edit_sha)}
    images = model.images(shas, in_folder(runs.work_folder(run) / "snapshot"))
    return _estimate(predict(model, data, images, rows), data, data.held_out_sources)


def _out_of_fold(data: PreferenceData, images: Any, models: list[_Trained]) -> Predictions:
    fusion = models[-1].model.fusion
    merged = Predictions.empty(len(data.triples), len(data.dimensions), fusion=fusion)
    for trained in models[:-1]:
        rows = _rows(data, trained.stage.eval_sources)
        part = predict(trained.model, data, images, rows)
        merged.mu[rows] = part.mu[rows]
        merged.log_sigma[rows] = part.log_sigma[rows]
    return merged


def _rows(data: PreferenceData, sources: Sequence[str]) -> list[int]:
    wanted = set(sources)
    return [n for n, triple in enumerate(data.triples) if triple.source_sha in wanted]


def _estimate(
    predicted: Predictions, data: PreferenceData, sources: Sequence[str]
) -> dict[str, Any] | None:
    """Return the accuracy without ties and its interval; None where no pair is decisive."""
    pairs = data.pairs_of(sources)
    if not pairs.outcome.any():
        return None
    return asdict(accuracy(predicted, pairs))


def _registered(run: TrainingRun, data: PreferenceData, trained: _Trained) -> RewardModel:
    is_final = trained.stage.fold == RunPoint.FINAL
    public_id = uuid.uuid4()
    return RewardModel(
        public_id=public_id,
        campaign=run.campaign,
        run=run,
        fold=None if is_final else trained.stage.fold,
        fold_sources=[] if is_final else list(trained.stage.eval_sources),
        dimensions=list(data.dimensions),
        path=f"models/{public_id}",
    )
