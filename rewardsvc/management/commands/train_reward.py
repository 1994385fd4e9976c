import importlib.util
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotation.management.base import OneLineCommand, campaign_named
from jobs.errors import JobError
from jobs.follow import follow
from jobs.models import Job
from jobs.runner import run_one
from rewardsvc.configurations import BACKBONES, configuration_named, finite
from rewardsvc.core.clustered import Estimate
from rewardsvc.errors import RunRefused
from rewardsvc.services.runs import RunRequest, check_request, job_of, start_run


class Command(OneLineCommand):
    help = (
        "Train a reward model. With CAMPAIGN: freeze its judgments, queue the training for a gpu "
        "worker and follow it (--here runs it in this process). With --snapshot DIR --out DIR: "
        "train on a snapshot folder, without a campaign."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("campaign", nargs="?", help="the campaign's slug")
        parser.add_argument("--backbone", default="compact", help=", ".join(BACKBONES))
        parser.add_argument(
            "--config", help="a configuration's name, or a JSON file: settings, target, n_folds"
        )
        parser.add_argument("--here", action="store_true", help="run in this process")
        parser.add_argument("--snapshot", type=Path, help="a snapshot folder")
        parser.add_argument("--out", type=Path, help="where the checkpoint goes")
        parser.add_argument("--json", action="store_true", help="machine-readable result")

    def handle(self, *_: Any, **options: Any) -> None:
        request = _request(options["backbone"], options["config"])
        if (options["snapshot"] is None) != (options["out"] is None):
            raise CommandError("--snapshot and --out go together.", returncode=2)
        if (options["campaign"] is None) == (options["snapshot"] is None):
            raise CommandError("Name a campaign, or --snapshot DIR --out DIR.", returncode=2)
        if options["snapshot"] is not None:
            result = self._train_folder(options["snapshot"], options["out"], request)
        else:
            result = self._train_campaign(options["campaign"], options["here"], request)
        self.stdout.write(json.dumps(result) if options["json"] else _sentence(result))

    def _train_campaign(self, slug: str, here: bool, request: RunRequest) -> dict[str, Any]:  # noqa: FBT001 - a command-line switch
        campaign = campaign_named(slug)
        try:
            run = start_run(campaign=campaign.public_id, actor=None, request=request)
        except RunRefused as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        job = job_of(run)
        if here:
            run_one(job.queue, job_id=job.pk)
        job = follow(job, self.stderr.write)
        if job.state != Job.State.DONE:
            raise CommandError(f"The training {job.state}: {job.error}", returncode=1)
        run.refresh_from_db()
        metrics: dict[str, Any] = run.metrics
        return {
            "run": str(run.public_id),
            "snapshot": run.snapshot_sha256,
            "promoted": metrics["check"]["promoted"],
            **metrics,
        }

    def _train_folder(self, snapshot: Path, out: Path, request: RunRequest) -> dict[str, Any]:
        from rewardsvc.core.errors import RewardError
        from rewardsvc.core.training import parallel
        from rewardsvc.workers import faults
        from rewardsvc.workers.folders import train_folder

        try:
            with faults.named(out), parallel.group():
                return train_folder(snapshot, out, request, self.stderr.write)
        except (RewardError, OSError, JobError) as error:
            raise CommandError(str(error), returncode=2) from error


def _request(backbone: str, config: str | Path | None) -> RunRequest:
    """Return the requested run; config is a file, or the name of a configuration."""
    try:
        request = _named(config) if _is_name(config) else _from_file(backbone, config)
        check_request(request)
        _check_settings(request)
    except (OSError, ValueError, RunRefused) as error:
        raise CommandError(f"{config or 'settings'}: {error}", returncode=2) from error
    return request


def _is_name(config: str | Path | None) -> bool:
    return isinstance(config, str) and not Path(config).suffix and not Path(config).exists()


def _named(config: object) -> RunRequest:
    chosen = configuration_named(str(config))
    return RunRequest(
        backbone=chosen.backbone, config=dict(chosen.settings), configuration=chosen.name
    )


def _from_file(backbone: str, config: str | Path | None) -> RunRequest:
    settings = {} if config is None else _read_config(Path(config))
    return RunRequest(
        backbone=settings.pop("backbone", backbone),
        target=settings.pop("target", "verdict"),
        n_folds=settings.pop("n_folds", 3),
        config=settings,
    )


def _read_config(path: Path) -> dict[str, Any]:
    config = json.loads(path.read_text(encoding="utf-8"), parse_float=finite, parse_constant=finite)
    if not isinstance(config, dict):
        raise RunRefused("the settings must be a JSON object")
    return config


def _check_settings(request: RunRequest) -> None:
    """Raise ValueError on settings that the worker would refuse.

    Without torch on this machine, only the worker checks them.
    """
    if importlib.util.find_spec("torch") is None:
        return
    from rewardsvc.core.errors import RewardError
    from rewardsvc.core.training.settings import TrainConfig

    try:
        TrainConfig.from_json(request.config, backbone=request.backbone)
    except RewardError as error:
        raise ValueError(str(error)) from error


def _sentence(result: dict[str, Any]) -> str:
    parts = [f"run {result['run']}" if "run" in result else f"checkpoint {result['checkpoint']}"]
    for name in ("held_out", "out_of_fold"):
        estimate = result.get(name)
        if estimate is not None:
            found = Estimate(**{f.name: estimate[f.name] for f in fields(Estimate)})
            parts.append(
                f"{name.replace('_', '-')} accuracy {found.value:.3f} "
                f"{found.interval}, n = {found.n}"
            )
    if "promoted" in result:
        parts.append(f"{'' if result['promoted'] else 'not '}promoted: {result['check']['reason']}")
    return "; ".join(parts)
