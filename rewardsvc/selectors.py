"""Reads of runs, models and rewards."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404

from jobs.models import Job
from rewardsvc.models import BenchmarkRun, Reward, RewardModel, RunPoint, TrainingRun

Triple = tuple[str, str, str]


@dataclass(frozen=True)
class RunView:
    """A run with its job and its final model, where there is one.

    is_newest: whether it is the newest finished run, whose rewards are in use.
    """

    run: TrainingRun
    job: Job | None
    model: RewardModel | None
    is_newest: bool = False

    @property
    def parent(self) -> TrainingRun | None:
        """The run whose model this one started from."""
        return None if self.run.started_from is None else self.run.started_from.run

    @property
    def is_champion(self) -> bool:
        return self.model is not None and self.model.is_champion

    @property
    def was_champion(self) -> bool:
        """Whether its model was the champion and another one is now."""
        return (
            self.model is not None and self.model.promoted_at is not None and not self.is_champion
        )

    @property
    def why_not_champion(self) -> str:
        """Return why the champion check did not promote the model; empty if it did."""
        check = self.run.metrics.get("check") or {"promoted": True}
        return "" if check["promoted"] else str(check["reason"])

    def settings(self) -> list[tuple[str, Any]]:
        """Return the run's settings with dotted names, such as `model.image_size`."""
        return list(_flat(self.run.config))

    def successors(self) -> list[TrainingRun]:
        """Return the runs that started from its model, oldest first."""
        return [] if self.model is None else list(self.model.successors.order_by("id"))


def _flat(config: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def runs_of(campaign: UUID) -> list[RunView]:
    """Return a campaign's runs, newest first. Three queries."""
    runs = list(
        TrainingRun.objects.filter(campaign=campaign)
        .select_related("started_from__run")
        .order_by("-id")
    )
    jobs = {job.public_id: job for job in Job.objects.filter(public_id__in=_job_ids(runs))}
    finals = {
        model.run_id: model for model in RewardModel.objects.filter(run__in=runs, fold__isnull=True)
    }
    finished = [run for run in runs if run.finished_at is not None and run.pk in finals]
    newest = max(finished, key=lambda run: (run.finished_at, finals[run.pk].pk), default=None)
    return [
        RunView(
            run,
            jobs.get(run.job_id),  # type: ignore[arg-type]
            finals.get(run.pk),
            is_newest=run == newest,
        )
        for run in runs
    ]


def _job_ids(runs: list[TrainingRun]) -> list[UUID]:
    return [run.job_id for run in runs if run.job_id is not None]


def run_of_campaign(campaign: UUID, public_id: UUID) -> RunView:
    """Return one run of a campaign, or 404."""
    run = (
        TrainingRun.objects.filter(campaign=campaign, public_id=public_id)
        .select_related("started_from__run", "created_by")
        .first()
    )
    if run is None:
        raise Http404("No such run.")
    job = Job.objects.filter(public_id=run.job_id).first() if run.job_id else None
    model = RewardModel.objects.filter(run=run, fold__isnull=True).first()
    return RunView(run, job, model, is_newest=model is not None and model == newest_model(campaign))


def points_of(run: TrainingRun) -> list[RunPoint]:
    """Return the finished epochs, stage by stage, the final model last."""
    points = list(run.points.order_by("fold", "epoch"))
    return [p for p in points if p.fold >= 0] + [p for p in points if p.fold < 0]


def champion_of(campaign: UUID) -> RewardModel | None:
    """Return the campaign's champion."""
    return (
        RewardModel.objects.filter(campaign=campaign, is_champion=True)
        .select_related("run")
        .first()
    )


def newest_model(campaign: UUID) -> RewardModel | None:
    """Return the final model of the newest finished run, which scores the edits.

    The champion is the released model. The annotation loop uses the newest one, promoted or not.
    """
    return (
        RewardModel.objects.filter(
            campaign=campaign, fold__isnull=True, run__finished_at__isnull=False
        )
        .select_related("run")
        .order_by("-run__finished_at", "-id")
        .first()
    )


def n_other_evaluations(run: TrainingRun) -> int:
    """Return how many other runs of the campaign measured a model on its held-out sources.

    Sources are held out at import, for good. So all these runs used the same ones, except sources
    imported later. Unfinished runs count, since their curve shows a held-out accuracy.
    """
    evaluated = RunPoint.objects.filter(
        run__campaign=run.campaign, fold=RunPoint.FINAL, held_out_accuracy__isnull=False
    )
    return evaluated.exclude(run=run).values("run").distinct().count()


def models_of_run(run: TrainingRun) -> QuerySet[RewardModel]:
    """Return a run's models, the final one first, without their lists of sources."""
    return run.models.defer("fold_sources").order_by(F("fold").asc(nulls_first=True))


@lru_cache(maxsize=1)
def scorable_sources(model_id: int) -> frozenset[str] | None:
    """Return the sources that a fold's model may score; None for all, as with a final model.

    Cached per process: for a million candidates they are megabytes, too much for every query.
    """
    model = RewardModel.objects.get(pk=model_id)
    return None if model.fold is None else frozenset(model.fold_sources)


def out_of_fold_rewards(
    run: TrainingRun, sources: Collection[str] | None = None
) -> dict[Triple, Reward]:
    """Return for each scored triple the reward of a model that was not trained on its source.

    Keys: (source, edit, instruction) sha256. sources: only triples of these; None for all. The
    fold model that left the source out takes precedence over the final one, which was trained on
    every source except the held-out ones and those imported later.
    """
    final: dict[Triple, Reward] = {}
    out_of_fold: dict[Triple, Reward] = {}
    models = {model.pk: model for model in run.models.defer("fold_sources")}
    rewards = Reward.objects.filter(model__in=models, presentation_sha256=run.presentation.sha256)
    if sources is not None:
        rewards = rewards.filter(source_sha256__in=sources)
    for reward in rewards.iterator(chunk_size=5_000):
        reward.model = models[reward.model_id]
        key = (reward.source_sha256, reward.edit_sha256, reward.instruction_sha256)
        (final if reward.model.fold is None else out_of_fold)[key] = reward
    return final | out_of_fold


def find_model(public_id: UUID) -> RewardModel | None:
    """Return a registered model of any campaign; for commands, which check no membership."""
    return RewardModel.objects.filter(public_id=public_id).first()


def benchmark_runs(*, limit: int = 100) -> list[BenchmarkRun]:
    """Return the newest benchmark runs, newest first."""
    return list(BenchmarkRun.objects.order_by("-id")[:limit])


def find_benchmark_run(public_id: UUID) -> BenchmarkRun | None:
    return BenchmarkRun.objects.filter(public_id=public_id).first()
