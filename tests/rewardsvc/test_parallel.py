"""Two processes take the steps that one would take."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.rewardsvc.core.snapshots import make_snapshot

PROJECT = Path(__file__).resolve().parents[2]
CONFIG = {
    "epochs": 2,
    "batch_items": 4,
    "augment": False,
    "objective": {"foreign_weight": 0.0, "dimension_weight": 0.0},
    "model": {"image_size": 64, "members": 1, "dropout": 0.0},
}


def train(place, out, monkeypatch, *launcher):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name, value in (
        ("SECRET_KEY", "x"),
        ("DATABASE_URL", "postgres:///none"),
        ("REDIS_URL", "redis://localhost"),
    ):
        monkeypatch.setenv(name, value)
    arguments = ["train_reward", "--snapshot", place / "snapshot", "--out", out]
    return subprocess.run(
        [sys.executable, *launcher, "manage.py", *arguments, "--config", place / "config.json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_two_processes_end_with_the_weights_of_one(tmp_path, monkeypatch):
    make_snapshot(tmp_path / "snapshot", n_items=8, seed=4)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    alone = train(tmp_path, tmp_path / "alone", monkeypatch)
    assert alone.returncode == 0, alone.stderr[-2000:]
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    both = train(tmp_path, tmp_path / "both", monkeypatch, *launcher)
    assert both.returncode == 0, both.stderr[-2000:]
    one, two = (load_file(tmp_path / name / "model.safetensors") for name in ("alone", "both"))
    assert one.keys() == two.keys()
    # Adam makes a whole step of a gradient that is zero but for rounding: compare as one vector.
    whole = [torch.cat([each[name].flatten() for name in sorted(one)]) for each in (one, two)]
    assert float((whole[1] - whole[0]).norm() / whole[0].norm()) < 1e-4
    sidecars = [
        json.loads((tmp_path / n / "reward_model.json").read_text()) for n in ("alone", "both")
    ]
    losses = [
        [row["loss"] for row in map(json.loads, log.read_text().splitlines())
         if row["kind"] == "epoch"]
        for log in (tmp_path / n / "logs" / "log.jsonl" for n in ("alone", "both"))
    ]  # fmt: skip
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
    assert sidecars[0]["snapshot_sha256"] == sidecars[1]["snapshot_sha256"]
