"""Train a reward model: seeded, resumable after every epoch, without changes of global state."""

import copy
import hashlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annotation.items.imaging.presentation import OWN
from annotation.snapshots.format.canonical import canonical_json
from rewardsvc.core.backbone import trained
from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.data.pictures import SHOWN
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.errors import TrainingError, TrainingStopped
from rewardsvc.core.pair_metrics import pair_accuracy, pair_log_loss
from rewardsvc.core.predict import predict
from rewardsvc.core.soundness import notes_at_first_batch
from rewardsvc.core.training import parallel, resume
from rewardsvc.core.training.batches import Loader, Step
from rewardsvc.core.training.epistemic import fit_posterior
from rewardsvc.core.training.objective import total_loss
from rewardsvc.core.training.randomness import deterministic, mixed, seeded
from rewardsvc.core.training.settings import TrainConfig

logger = logging.getLogger(__name__)

_CLIP = 1.0


@dataclass(frozen=True)
class StepDone:
    """One step of an epoch and its loss; both are counted from 1."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float


@dataclass(frozen=True)
class EpochDone:
    """The mean loss of an epoch, and the metrics of the averaged weights on held-out pairs."""

    epoch: int
    epochs: int
    loss: float
    held_out_accuracy: float | None
    held_out_log_loss: float | None
    held_out_pairs: int
    seconds: float


@dataclass(frozen=True)
class FirstBatch:
    """What the first batch tells before the first step; sent only where there is something."""

    notes: tuple[str, ...]


Event = StepDone | EpochDone | FirstBatch
Progress = Callable[[Event], None]


@dataclass(frozen=True)
class FitResult:
    model: Any
    history: tuple[EpochDone, ...]
    seconds: float


def fit(  # noqa: PLR0913 - settings, by keyword
    config: TrainConfig,
    data: PreferenceData,
    images: Any,
    *,
    train_sources: Sequence[str],
    eval_sources: Sequence[str] = (),
    out_dir: Path | None = None,
    start: Path | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "cpu",
) -> FitResult:
    """Train on the pairs of some sources and report the accuracy on those of others.

    out_dir: where the state is saved after each epoch. A run found there is resumed, and ends with
    the same weights as an uninterrupted one. None: nothing is saved. start: checkpoint folder of
    the model whose weights to start from; None for random weights.
    Raises TrainingError for data without a decided pair and for a loss that is not finite;
    CheckpointError for a state in out_dir that is unreadable or belongs to another run;
    ImageError for images of another size than the settings'; TrainingStopped once `should_stop()`
    is true.
    """
    if overlap := set(train_sources) & set(eval_sources):
        raise TrainingError(f"source {min(overlap)} is both trained and evaluated on")
    pairs = _trainable(data.pairs_of(train_sources))
    if config.objective.vote_confidence:
        pairs = pairs.by_confidence()
    with seeded(config.seed, device):
        run = _Run(
            config=config,
            data=data,
            images=images,
            pairs=pairs,
            model=config.network(data, start=start),
            device=device,
        )
        run.is_new = start is None
        run.eval_pairs = data.pairs_of(eval_sources)
        run.progress = progress if progress and parallel.is_first() else lambda _: None
        run.should_stop = should_stop or (lambda: False)
        with deterministic(device):
            return run.go(out_dir, _fingerprint(config, data, train_sources, eval_sources))


def _trainable(pairs: Pairs) -> Pairs:
    if not len(pairs):
        raise TrainingError("no judged pair in the sources to train on")
    if not np.any(pairs.outcome):
        raise TrainingError(f"all {len(pairs)} pairs to train on are ties: nothing to learn")
    return pairs


def _fingerprint(config: TrainConfig, data: PreferenceData, *sources: Sequence[str]) -> str:
    parts: list[Any] = [
        config.result_settings(),
        data.snapshot_sha256,
        data.target,
        *(sorted(part) for part in sources),
    ]
    # Left out for own sizes and no watermarks, so that states of earlier versions can be resumed.
    parts += [part for part in (data.edit_size, data.watermarks) if part not in (OWN, ())]
    return hashlib.sha256(canonical_json(parts)).hexdigest()


class _Run:
    """The state of one training."""

    is_new: bool
    eval_pairs: Pairs
    progress: Progress
    should_stop: Callable[[], bool]

    def __init__(  # noqa: PLR0913 - the parts of a run
        self,
        *,
        config: TrainConfig,
        data: PreferenceData,
        images: Any,
        pairs: Pairs,
        model: Any,
        device: str,
    ) -> None:
        self.config, self.data, self.images = config, data, images
        self.device = torch.device(device)
        self.model = model.to(self.device)
        self.model.fusion = config.objective.fusion
        if self.model.reading == SHOWN:
            self.model.edit_size, self.model.watermarks = data.edit_size, data.watermarks
        rows = sorted({int(n) for n in np.concatenate([pairs.i, pairs.j])})
        self.model.fit_normalization([data.triples[row] for row in rows], images)
        self.average = copy.deepcopy(self.model) if config.ema else self.model
        micro = config.micro_items or parallel.items_per_part(config.batch_items)
        self.loader = Loader(data, pairs, images, items=config.batch_items, micro=micro)
        self.optimizer = torch.optim.AdamW(
            self.model.parameter_groups(config.lr), lr=config.lr, weight_decay=config.weight_decay
        )
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.history: list[EpochDone] = []

    def go(self, out_dir: Path | None, fingerprint: str) -> FitResult:
        started = time.monotonic()
        first = self._restore(out_dir, fingerprint)
        for epoch in range(first, self.config.epochs + 1):
            epoch_started = time.monotonic()
            loss = self._epoch(epoch)
            self._evaluate(epoch, loss, time.monotonic() - epoch_started)
            # Report before saving: a crash in between repeats a report and never drops one.
            self.progress(self.history[-1])
            if out_dir is not None and parallel.is_first():
                self._save(out_dir, fingerprint, epoch)
            parallel.wait()
        fit_posterior(self.average, self.data, self.images, self.loader.pairs)
        self.average.eval()
        return FitResult(self.average, tuple(self.history), time.monotonic() - started)

    def _epoch(self, epoch: int) -> float:
        # All random numbers of an epoch depend on (seed, epoch) only: a resumed run repeats them.
        torch.manual_seed(mixed(self.config.seed, epoch))
        generator = torch.Generator().manual_seed(mixed(self.config.seed, -epoch))
        self.model.train()
        losses, steps = [], len(self.loader)
        batches = self.loader.epoch(self.model, generator, augment=self.config.augment)
        for step, parts in enumerate(batches, 1):
            if self.should_stop():
                raise TrainingStopped(f"stopped in epoch {epoch} of {self.config.epochs}")
            done = (epoch - 1) * steps + step
            if done == 1:
                self._check(parts[0])
            share = _schedule(done, steps * self.config.epochs, self.config.warm_up)
            for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = rate * share
            where = f"epoch {epoch}, step {step} of {steps}"
            losses.append(self._step(parts, generator, done, where))
            self.progress(StepDone(epoch, self.config.epochs, step, steps, losses[-1]))
        return float(np.mean(losses))

    def _check(self, part: Step) -> None:
        batch = part.batch.to(self.device)
        notes = notes_at_first_batch(self.model, batch, part.edits, is_new=self.is_new)
        if notes:
            self.progress(FirstBatch(tuple(notes)))

    def _step(
        self, parts: Sequence[Step], generator: torch.Generator, done: int, where: str
    ) -> float:
        self.optimizer.zero_grad(set_to_none=True)
        local = sum(self._gradients(part, generator) for part in parallel.parts_of_rank(parts))
        value = parallel.add_up(self.model, float(local))
        if not math.isfinite(value):
            raise TrainingError(f"the loss became {value} in {where}: try a smaller lr")
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
        self.optimizer.step()
        if self.average is not self.model:
            decay = min(self.config.ema, (1 + done) / (10 + done))
            with torch.no_grad():
                for mean, new in zip(
                    self.average.parameters(), self.model.parameters(), strict=True
                ):
                    mean.lerp_(new, 1 - decay)
        return value

    def _gradients(self, part: Step, generator: torch.Generator) -> float:
        """Accumulate the gradients of a part; return its share of the step's loss."""
        batch, targets = part.batch.to(self.device), part.targets.to(self.device)
        loss = total_loss(self.config.objective, self.model, batch, targets, generator)
        (loss * part.share).backward()  # type: ignore[no-untyped-call]
        return float(loss.detach()) * part.share

    def _evaluate(self, epoch: int, loss: float, seconds: float) -> None:
        accuracy = log_loss = None
        n_decisive = int(np.count_nonzero(self.eval_pairs.outcome))
        if n_decisive:
            rows = sorted({int(n) for n in np.concatenate([self.eval_pairs.i, self.eval_pairs.j])})
            predicted = predict(self.average, self.data, self.images, rows)
            accuracy = pair_accuracy(predicted, self.eval_pairs)
            log_loss = pair_log_loss(predicted, self.eval_pairs)
        self.history.append(
            EpochDone(epoch, self.config.epochs, loss, accuracy, log_loss, n_decisive, seconds)
        )

    def _restore(self, out_dir: Path | None, fingerprint: str) -> int:
        state = resume.load(out_dir, fingerprint) if out_dir is not None else None
        if state is None:
            return 1
        self.model.load_state_dict(state["model"], strict=False)
        if self.average is not self.model:
            self.average.load_state_dict(state["average"], strict=False)
        self.optimizer.load_state_dict(state["optimizer"])
        self.history = [EpochDone(**row) for row in state["history"]]
        logger.info("resuming after epoch %d of %d", len(self.history), self.config.epochs)
        return len(self.history) + 1

    def _save(self, out_dir: Path, fingerprint: str, epoch: int) -> None:
        resume.save(
            out_dir,
            fingerprint,
            {
                "epoch": epoch,
                "model": trained(self.model),
                "average": None if self.average is self.model else trained(self.average),
                "optimizer": self.optimizer.state_dict(),
                "history": [asdict(row) for row in self.history],
            },
        )


def _schedule(step: int, steps: int, warm_up: float) -> float:
    """Return the learning-rate factor: linear warm-up to 1, then cosine decay to 0."""
    warm = max(1, round(steps * warm_up))
    if step <= warm:
        return step / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
