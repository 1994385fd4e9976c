"""Cross-fitting: every source is predicted by a model that was not trained on it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.data.triples import Triple
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.predict import Predictions, predict
from rewardsvc.core.training.settings import TrainConfig
from rewardsvc.core.training.train import EpochDone, StepDone, fit

FoldProgress = Callable[[int, StepDone | EpochDone], None]
#: The name of the unaltered view; a key of stored reports.
UNMODIFIED = "own"


@dataclass(frozen=True)
class CrossFit:
    """Out-of-fold rewards of every triple.

    predictions: by view, the unmodified triples and the altered ones of controls.
    fold: (n_sources,). seconds: training time of each fold.
    """

    predictions: Mapping[str, Predictions]
    fold: NDArray[np.int64]
    seconds: tuple[float, ...]

    @property
    def unmodified(self) -> Predictions:
        return self.predictions[UNMODIFIED]


def assign_folds(sources: Sequence[str], n_folds: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Return the fold of each source (n_sources,), in the order of a hash; sizes differ by <= 1.

    Raises TrainingError for fewer than two folds or fewer sources than folds.
    """
    if n_folds < 2:  # noqa: PLR2004
        raise TrainingError(f"{n_folds} folds: at least 2 are needed")
    if len(sources) < n_folds:
        raise TrainingError(f"{len(sources)} sources cannot fill {n_folds} folds")
    keys = [hashlib.sha256(f"{seed}:{source}".encode()).digest() for source in sources]
    fold = np.empty(len(sources), np.int64)
    fold[sorted(range(len(sources)), key=keys.__getitem__)] = np.arange(len(sources)) % n_folds
    return fold


def cross_fit(  # noqa: PLR0913 - settings, by keyword
    config: TrainConfig,
    data: PreferenceData,
    images: Any,
    *,
    n_folds: int = 5,
    fold_seed: int = 0,
    out_dir: Path | None = None,
    views: Mapping[str, Sequence[Triple]] | None = None,
    progress: FoldProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "cpu",
) -> CrossFit:
    """Train `n_folds` models, each without one fold of sources, and predict that fold with it.

    out_dir: folder of each fold's state (`fold-<n>`), from which an interrupted call resumes.
    views: altered triples to predict with the same models, by the name of the control.
    """
    fold = assign_folds(data.sources, n_folds, seed=fold_seed)
    all_views = {UNMODIFIED: data.triples, **(views or {})}
    shape = len(data.triples), len(data.dimensions)
    fusion = config.objective.fusion
    merged = {name: Predictions.empty(*shape, fusion=fusion) for name in all_views}
    index = {source: n for n, source in enumerate(data.sources)}
    of_triple = np.array([fold[index[t.source_sha]] for t in data.triples])
    seconds = []
    for n in range(n_folds):
        train_sources = [s for s, f in zip(data.sources, fold, strict=True) if f != n]
        eval_sources = [s for s, f in zip(data.sources, fold, strict=True) if f == n]
        result = fit(
            config,
            data,
            images,
            train_sources=train_sources,
            eval_sources=eval_sources,
            out_dir=None if out_dir is None else out_dir / f"fold-{n}",
            progress=None if progress is None else lambda event, n=n: progress(n, event),  # type: ignore[misc]
            should_stop=should_stop,
            device=device,
        )
        seconds.append(result.seconds)
        rows = np.flatnonzero(of_triple == n).tolist()
        for name, shown in all_views.items():
            part = predict(result.model, data, images, rows, shown=shown)
            merged[name].mu[rows] = part.mu[rows]
            merged[name].log_sigma[rows] = part.log_sigma[rows]
    return CrossFit(merged, fold, tuple(seconds))
