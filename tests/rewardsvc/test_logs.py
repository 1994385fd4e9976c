"""The log of a run: JSON lines always, TensorBoard events where the package is installed."""

import json
import sys

from rewardsvc.core.training.train import EpochDone
from rewardsvc.workers.logs import LINES, RunLog

EPOCH = EpochDone(
    epoch=1,
    epochs=2,
    loss=0.5,
    held_out_accuracy=0.75,
    held_out_log_loss=0.6,
    held_out_pairs=4,
    seconds=0.1,
)


def test_without_the_event_writer_a_run_keeps_its_lines_and_closes(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)  # importing it raises ImportError
    log = RunLog(tmp_path)
    log.event("final-model", EPOCH)
    log.close()
    rows = [json.loads(line) for line in (tmp_path / LINES).read_text().splitlines()]
    assert [(row["stage"], row["epoch"]) for row in rows] == [("final-model", 1)]
    assert not (tmp_path / "tensorboard").exists()


def test_with_the_event_writer_a_run_keeps_both(tmp_path):
    log = RunLog(tmp_path)
    log.event("final-model", EPOCH)
    log.close()
    assert (tmp_path / LINES).read_text().count("\n") == 1
    assert list((tmp_path / "tensorboard" / "final-model").iterdir())
