"""Start runs, store their curves, and register their models."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from annotation.feedback.signals import note_champion, note_run
from annotation.version import VERSION
from jobs import services as jobs
from jobs.models import Job
from jobs.runner import Context
from rewardsvc.configurations import BACKBONES, MAX_FOLDS, MIN_FOLDS
from rewardsvc.errors import RunRefused
from rewardsvc.models import RewardModel, RunPoint, TrainingRun
from rewardsvc.readiness import refuse_too_few_sources
from rewardsvc.selectors import newest_model

TRAIN, RESCORE, PART = "rewardsvc.train", "rewardsvc.rescore", "rewardsvc.rescore_part"
TARGETS = ("verdict", "scores")


@dataclass(frozen=True)
class RunRequest:
    """The parameters of a new run.

    config: training settings, checked by the worker. configuration: the name of the configuration
    that they come from. started_from: public id of a final model of the campaign, whose weights the
    run starts from.
    """

    backbone: str = "compact"
    target: str = "verdict"
    n_folds: int = 3
    config: dict[str, Any] = field(default_factory=dict)
    configuration: str = ""
    started_from: UUID | None = None


def check_request(request: RunRequest) -> None:
    """Raise RunRefused naming the invalid parameter."""
    if request.backbone not in BACKBONES:
        raise RunRefused(f"backbone is one of {', '.join(BACKBONES)}, not {request.backbone!r}")
    if request.target not in TARGETS:
        raise RunRefused(f"target is one of {', '.join(TARGETS)}, not {request.target!r}")
    folds = request.n_folds
    if type(folds) is not int or not MIN_FOLDS <= folds <= MAX_FOLDS:
        raise RunRefused(f"folds are {MIN_FOLDS} to {MAX_FOLDS}, not {folds!r}")
    if not isinstance(request.config, dict):
        raise RunRefused("config is an object of settings")


@transaction.atomic
def start_run(*, campaign: UUID, actor: Any, request: RunRequest) -> TrainingRun:
    """Queue a training.

    Raises RunRefused, also while another run of the campaign is active or too little is judged.
    """
    check_request(request)
    refuse_too_few_sources(campaign, n_folds=request.n_folds, target=request.target)
    _refuse_second_training(campaign)
    run = TrainingRun.objects.create(
        campaign=campaign,
        backbone=request.backbone,
        configuration=request.configuration,
        started_from=_started_from(campaign, request),
        code_version=VERSION,
        target=request.target,
        n_folds=request.n_folds,
        config=request.config,
        created_by=actor,
    )
    job = jobs.enqueue(TRAIN, payload={"run": run.pk}, subject=campaign, created_by=actor)
    TrainingRun.objects.filter(pk=run.pk).update(job_id=job.public_id)
    run.refresh_from_db()
    note_run(campaign=campaign, run=str(run.public_id), actor=actor, done="started")
    return run


def _started_from(campaign: UUID, request: RunRequest) -> RewardModel | None:
    if request.started_from is None:
        return None
    model = RewardModel.objects.filter(
        campaign=campaign, public_id=request.started_from, fold__isnull=True
    ).first()
    if model is None:
        raise RunRefused("The model to start from is not a final model of this campaign.")
    if model.run.backbone != request.backbone:
        raise RunRefused(
            f"The model to start from is {model.run.backbone}, the run {request.backbone}."
        )
    return model


def choose_smaller(run: TrainingRun, micro_items: int) -> None:
    """Let the run compute fewer items at a time; its optimizer steps stay the same."""
    run.config = {**run.config, "micro_items": micro_items}
    TrainingRun.objects.filter(pk=run.pk).update(config=run.config)


def _refuse_second_training(campaign: UUID) -> None:
    with connection.cursor() as cursor:  # serialises concurrent requests
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{TRAIN} {campaign}"])
    if active_job(campaign, TRAIN) is not None:
        raise RunRefused("A training of this campaign is queued or running; wait or cancel it.")


@transaction.atomic
def promote(*, model: RewardModel, actor: Any, reason: str) -> None:
    """Make a final model the champion by hand, whatever its check found; the reason is stored.

    The annotation loop keeps using the newest run's rewards. Raises RunRefused for a fold's model,
    or without a reason.
    """
    reason = reason.strip()
    if not reason:
        raise RunRefused("Say why this model is to be the champion.")
    if model.fold is not None:
        raise RunRefused("A fold's model left sources out: only final models can be champion.")
    champion = _locked_champion(model.campaign)
    if champion is not None and champion.pk == model.pk:
        return
    _set_champion(model, actor=actor, reason=reason)


def _locked_champion(campaign: UUID) -> RewardModel | None:
    """Return the champion; promotions of the campaign wait until this transaction ends."""
    models = RewardModel.objects.select_for_update().filter(campaign=campaign, fold__isnull=True)
    return next((model for model in models.order_by("id") if model.is_champion), None)


def _set_champion(model: RewardModel, *, actor: Any, reason: str) -> None:
    campaign = RewardModel.objects.filter(campaign=model.campaign)
    campaign.filter(is_champion=True).update(is_champion=False)
    campaign.filter(pk=model.pk).update(
        is_champion=True, promoted_at=Now(), promoted_by=actor, promotion_reason=reason
    )
    how = f"chosen by hand: {reason}" if reason else "by the champion check"
    note_champion(campaign=model.campaign, model=str(model.public_id), actor=actor, how=how)


@transaction.atomic
def start_rescoring(*, campaign: UUID, actor: Any) -> Job:
    """Queue a rescoring with the newest finished run, or return an active one of this run.

    An active rescoring with an earlier run is cancelled. Raises RunRefused if no run has finished.
    """
    model = newest_model(campaign)
    if model is None:
        raise RunRefused("No model of this campaign has been trained yet.")
    # Serialises concurrent requests.
    RewardModel.objects.select_for_update().get(pk=model.pk)
    payload = {"campaign": str(campaign), "model": str(model.public_id)}
    for running in Job.objects.filter(_active(campaign, RESCORE), cancel_requested=False):
        if running.payload == payload:
            return running
        jobs.cancel(running)
    return jobs.enqueue(RESCORE, payload=payload, subject=campaign, created_by=actor)


def forget_parts(job: Job) -> None:
    """Remove the parts of a rescoring that has finished, failed or been cancelled.

    A worker that is running a part loses its claim, and writes nothing more.
    """
    Job.objects.filter(kind=PART, subject=job.public_id).delete()


@transaction.atomic
def retry_run(run: TrainingRun, *, actor: Any) -> Job:
    """Queue a failed or cancelled run again: it resumes after its last finished epoch.

    Raises RunRefused for a finished run, and while this or another run of the campaign is active.
    """
    if run.finished_at is not None:
        raise RunRefused("This run is done.")
    _refuse_second_training(run.campaign)
    job = jobs.enqueue(TRAIN, payload={"run": run.pk}, subject=run.campaign, created_by=actor)
    TrainingRun.objects.filter(pk=run.pk).update(job_id=job.public_id)
    note_run(campaign=run.campaign, run=str(run.public_id), actor=actor, done="retried")
    return job


def active_job(campaign: UUID, kind: str) -> Job | None:
    """Return the campaign's queued or running job of a kind."""
    return Job.objects.filter(_active(campaign, kind)).order_by("-id").first()


def last_rescoring(campaign: UUID, model: RewardModel | None) -> Job | None:
    """Return the newest finished rescoring with a model; None where there is none."""
    if model is None:
        return None
    done = Job.objects.filter(subject=campaign, kind=RESCORE, state=Job.State.DONE)
    return done.filter(payload__model=str(model.public_id)).order_by("-id").first()


def _active(campaign: UUID, kind: str) -> Q:
    return Q(subject=campaign, kind=kind, state__in=[Job.State.QUEUED, Job.State.RUNNING])


def job_of(run: TrainingRun) -> Job:
    """Return the job that trains a run. Raises Job.DoesNotExist."""
    return Job.objects.get(public_id=str(run.job_id))


def work_folder(run: TrainingRun) -> Path:
    """Return the local folder of the run's data and of its state between epochs."""
    return Path(settings.WORK_ROOT) / "runs" / str(run.public_id)


def log_folder(run: TrainingRun) -> Path:
    """Return the folder of the run's logs, which stay after it: JSON lines, TensorBoard events."""
    return Path(settings.WORK_ROOT) / "logs" / str(run.public_id)


def fix_snapshot(run: TrainingRun, content_sha256: str) -> None:
    """Store the hash of the run's snapshot, if it has none yet."""
    TrainingRun.objects.filter(pk=run.pk, snapshot_sha256="").update(snapshot_sha256=content_sha256)
    run.refresh_from_db()


def fix_presentation(run: TrainingRun, *, edit_size: str, watermarks: Sequence[str]) -> None:
    """Store the size at which the run's models read edits, and what is hidden from them."""
    TrainingRun.objects.filter(pk=run.pk).update(edit_size=edit_size, watermarks=list(watermarks))
    run.refresh_from_db()


def add_notes(run: TrainingRun, notes: Sequence[str]) -> None:
    """Store what the first batch of a stage tells; a note is stored once."""
    known = run.metrics.get("notes", [])
    run.metrics = {**run.metrics, "notes": list(dict.fromkeys([*known, *notes]))}
    TrainingRun.objects.filter(pk=run.pk).update(metrics=run.metrics)


def add_point(  # noqa: PLR0913 - each is a column of the row
    *,
    run: TrainingRun,
    fold: int,
    epoch: int,
    loss: float,
    held_out_accuracy: float | None,
    held_out_pairs: int,
) -> None:
    """Store a finished epoch. Idempotent: an epoch that a resumed run repeats is replaced."""
    RunPoint.objects.update_or_create(
        run=run,
        fold=fold,
        epoch=epoch,
        defaults={
            "loss": loss,
            "held_out_accuracy": held_out_accuracy,
            "held_out_pairs": held_out_pairs,
        },
    )


@transaction.atomic
def register_models(
    *, context: Context, run: TrainingRun, models: list[RewardModel], metrics: dict[str, Any]
) -> bool:
    """Register a run's models in one transaction, while the job still holds its claim.

    The final model becomes champion if the check in `metrics` promotes it and the champion is
    still the one that it was compared with. Returns whether it became champion. Promoted or not, a
    rescoring with it is queued.
    """
    context.hold()
    RewardModel.objects.bulk_create(models)
    final = RewardModel.objects.get(run=run, fold__isnull=True)
    check = metrics["check"]
    champion = _locked_champion(run.campaign)
    if check["promoted"] and check["champion"] != (champion and str(champion.public_id)):
        reason = "Another model was made champion while it was compared with the one before."
        check |= {"promoted": False, "reason": reason}
    if check["promoted"]:
        _set_champion(final, actor=None, reason="")
    TrainingRun.objects.filter(pk=run.pk).update(metrics=metrics, finished_at=Now())
    start_rescoring(campaign=run.campaign, actor=run.created_by)
    return bool(check["promoted"])
