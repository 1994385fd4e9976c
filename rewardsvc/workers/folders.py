"""Train on a snapshot folder, without a campaign or a database row."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from annotation.snapshots.format.snapshot import Snapshot
from annotation.version import VERSION
from rewardsvc.core import checkpoint
from rewardsvc.core.data.files import in_folder
from rewardsvc.core.data.preferences import PreferenceData, build_data
from rewardsvc.core.errors import CheckpointError
from rewardsvc.core.evaluation import report
from rewardsvc.core.pair_metrics import accuracy
from rewardsvc.core.snapshot import read_snapshot
from rewardsvc.core.training import parallel
from rewardsvc.core.training.inputs import open_images
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import EpochDone, Event, FirstBatch, fit
from rewardsvc.services.runs import RunRequest
from rewardsvc.workers.device import best_device
from rewardsvc.workers.logs import RunLog


def train_folder(
    snapshot: Path, out: Path, request: RunRequest, report_line: Callable[[str], object]
) -> dict[str, Any]:
    """Train on the training sources of a snapshot and write a checkpoint folder.

    report_line: called with a line of text after each epoch. An interrupted call resumes after its
    last finished epoch. Raises RewardError naming what is wrong with the snapshot, the settings or
    `out`.
    """
    if (out / checkpoint.SIDECAR).exists():
        raise CheckpointError(f"{out} holds a reward model already; nothing was written")
    config = TrainConfig.from_json(request.config, backbone=request.backbone)
    found = read_snapshot(snapshot)
    data = build_data(found, target=request.target)  # type: ignore[arg-type]
    images = open_images(config, data, in_folder(snapshot))

    log = RunLog(out / "logs")

    def follow(event: Event) -> None:
        log.event("final-model", event)
        if isinstance(event, FirstBatch):
            report_line(f"at the first batch: {'; '.join(event.notes)}")
        if isinstance(event, EpochDone):
            report_line(f"epoch {event.epoch} of {event.epochs}: loss {event.loss:.4f}")

    try:
        result = fit(
            config,
            data,
            images,
            train_sources=data.train_sources,
            eval_sources=data.held_out_sources,
            out_dir=out / "state",
            progress=follow,
            device=best_device(),
        )
        metrics = _metrics(result.model, found, data, images)
        if parallel.is_first():
            log.write_metrics(metrics)
    finally:
        log.close()
    if not parallel.is_first():
        return {"checkpoint": str(out), "snapshot": data.snapshot_sha256, **metrics}
    card = checkpoint.ModelCard(
        snapshot_sha256=data.snapshot_sha256,
        rubric_versions=data.rubric_versions,
        code_version=VERSION,
        target=request.target,
        training=config.to_json(),
        metrics=metrics,
    )
    checkpoint.save(out, result.model, card)
    return {"checkpoint": str(out), "snapshot": data.snapshot_sha256, **metrics}


def _metrics(model: Any, snapshot: Snapshot, data: PreferenceData, images: Any) -> dict[str, Any]:
    """Return the accuracy on held-out sources, the controls and the human ceiling."""
    views = report.predict_views(data, images, [(model, data.held_out_sources)])
    table = report.controls_table(views, data, images, data.held_out_sources)
    pairs = data.pairs_of(data.held_out_sources)
    found = accuracy(views[report.UNMODIFIED], pairs) if pairs.outcome.any() else None
    return {
        "held_out": None if found is None else asdict(found),
        "controls": {"held_out": table, "out_of_fold": [], "humans": report.ceiling(snapshot)},
        "reads_instruction": report.reads_instruction(table),
    }
