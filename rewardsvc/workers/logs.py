"""The log of a run: JSON lines, and TensorBoard events if the writer is installed."""

import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rewardsvc.core.training.train import EpochDone, Event, FirstBatch, StepDone

logger = logging.getLogger(__name__)
LINES = "log.jsonl"


class RunLog:
    """Append to a run's folder of logs; a failed write does not stop the training.

    Steps and epochs that are in the log already are left out, so that a resumed run repeats none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._logged = _logged_events(folder / LINES)
        #: An event writer per stage; None where no writer is installed.
        self._writers: dict[str, Any | None] = {}
        self._broken = False

    def event(self, stage: str, event: Event) -> None:
        """Log a finished step or epoch of a stage, or what its first batch tells."""
        if isinstance(event, FirstBatch):
            self._safely(self._write, {"stage": stage, "kind": "first batch", **asdict(event)})
            return
        kind = "step" if isinstance(event, StepDone) else "epoch"
        key = (stage, kind, event.epoch, event.step if isinstance(event, StepDone) else 0)
        if key in self._logged:
            return
        self._logged.add(key)
        self._safely(self._write, {"stage": stage, "kind": kind, **asdict(event)})
        self._safely(self._chart, stage, event)

    def write_metrics(self, metrics: Any) -> None:
        """Log the run's metrics, such as its controls."""
        self._safely(self._write, {"kind": "metrics", "values": metrics})

    def close(self) -> None:
        for writer in self._writers.values():
            if writer is not None:
                self._safely(writer.close)
        self._writers.clear()

    def _write(self, row: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LINES).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"time": round(time.time(), 3), **row}) + "\n")

    def _chart(self, stage: str, event: StepDone | EpochDone) -> None:
        writer = self._writer(stage)
        if writer is None:
            return
        if isinstance(event, StepDone):
            at = (event.epoch - 1) * event.steps + event.step
            writer.add_scalar("loss/step", event.loss, at)
            return
        writer.add_scalar("loss/epoch", event.loss, event.epoch)
        for name in ("held_out_accuracy", "held_out_log_loss"):
            if (value := getattr(event, name)) is not None:
                writer.add_scalar(name, value, event.epoch)
        writer.flush()

    def _writer(self, stage: str) -> Any | None:
        if stage not in self._writers:
            try:
                from tensorboardX import SummaryWriter
            except ImportError:
                logger.info("no TensorBoard events: tensorboardX comes with the extra [vlm]")
                self._writers[stage] = None
            else:
                self._writers[stage] = SummaryWriter(str(self.folder / "tensorboard" / stage))
        return self._writers[stage]

    def _safely(self, write: Any, *values: Any) -> None:
        """Call a writer; after the first failure, which is logged, write nothing more."""
        if self._broken:
            return
        try:
            write(*values)
        except OSError:
            self._broken = True
            logger.exception("the run's log cannot be written; training goes on without it")


def _logged_events(path: Path) -> set[tuple[Any, ...]]:
    if not path.exists():
        return set()
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # an incomplete line of a killed worker
        if row.get("kind") in ("step", "epoch"):
            found.add((row["stage"], row["kind"], row["epoch"], row.get("step", 0)))
    return found
