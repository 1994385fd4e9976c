"""A training killed by SIGKILL and taken up again ends with the weights of one that was not."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from rewardsvc.core.training.train import StepDone, fit
from tests.bench.gpu_parts import small

#: Of the way that training went. A CPU repeats its steps to the bit, a GPU may add up otherwise.
TOLERANCE = {"cpu": 0.0, "cuda": 0.05}
EPOCHS, KILLED_IN = 3, 3
ROOT = Path(__file__).resolve().parents[3]


def run(context):
    small.exact(context)
    with tempfile.TemporaryDirectory() as folder:
        whole = train(context.device, folder, None)
        again = train(context.device, folder, None)
        data = small.snapshot(folder)[1]
        before = small.start(context, config(folder), data)
        context.keep(again_without_kill=small.distance(again, whole, before))
        done = subprocess.run(
            [sys.executable, "-m", __name__, context.device, folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=max(10, context.left()),
            check=False,
        )
        state = Path(folder) / "state" / "training_state.pt"
        killed = done.returncode == -signal.SIGKILL and state.is_file()
        context.check("the training was killed after its state was kept", done.returncode,
                      -signal.SIGKILL, ok=killed)  # fmt: skip
        if not killed:
            raise RuntimeError(done.stderr[-2000:])
        epochs = []
        resumed = train(context.device, folder, Path(folder) / "state", epochs)
    context.check("it went on after the kept epoch", min(epochs), KILLED_IN,
                  ok=min(epochs) == KILLED_IN)  # fmt: skip
    context.check("weights against those of a run that was not killed",
                  small.distance(resumed, whole, before), TOLERANCE[context.device])  # fmt: skip


def config(folder):
    return small.config(folder, epochs=EPOCHS, items=2, lora_dropout=0.1, tuning="lora")


def train(device, folder, out, epochs=None, kill=None):
    place, data = small.snapshot(folder)
    settings = config(folder)

    def progress(event):
        if epochs is not None:
            epochs.append(event.epoch)
        if kill and isinstance(event, StepDone) and event.epoch == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    images = small.images(settings, place, data)
    return fit(settings, data, images, train_sources=data.train_sources, out_dir=out,
               progress=progress, device=device).model  # fmt: skip


if __name__ == "__main__":
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    train(sys.argv[1], sys.argv[2], Path(sys.argv[2]) / "state", kill=KILLED_IN)
