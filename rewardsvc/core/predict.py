"""Rewards of triples by a trained model, in batches, without gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from annotation.items.imaging.presentation import OWN
from rewardsvc.core.data.files import ImagePath
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.data.triples import Triple
from rewardsvc.core.fusion import fuse

BATCH = 64


@dataclass(frozen=True)
class Predictions:
    """Rewards of all triples of a data set; NaN for triples that were not predicted.

    mu, log_sigma: (n_triples, n_dimensions). reward, log_sigma_fused: (n_triples,).
    """

    mu: NDArray[np.float64]
    log_sigma: NDArray[np.float64]
    fusion: str = "mean"

    @property
    def reward(self) -> NDArray[np.float64]:
        return self._fused()[0].numpy()

    @property
    def log_sigma_fused(self) -> NDArray[np.float64]:
        return self._fused()[1].numpy()

    def _fused(self) -> tuple[torch.Tensor, torch.Tensor]:
        return fuse(torch.from_numpy(self.mu), torch.from_numpy(self.log_sigma), self.fusion)

    @classmethod
    def empty(cls, n_triples: int, n_dimensions: int, *, fusion: str = "mean") -> "Predictions":
        shape = (n_triples, n_dimensions)
        return cls(np.full(shape, np.nan), np.full(shape, np.nan), fusion)


def predict(
    model: Any,
    data: PreferenceData,
    images: Any,
    rows: Sequence[int],
    *,
    shown: Sequence[Triple] | None = None,
) -> Predictions:
    """Return the rewards of the triples at some rows; the other rows are NaN.

    shown: replacements of the data's triples as model input (for controls); None for no change.
    Raises ImageError for images that are not loaded, or of another size than the model's.
    """
    out = Predictions.empty(len(data.triples), len(model.dimensions), fusion=model.fusion)
    triples = data.triples if shown is None else shown
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            part = list(rows[start : start + BATCH])
            batch = model.collate([triples[row] for row in part], images)
            mu, log_sigma = model(batch.to(device))
            out.mu[part] = mu.double().cpu().numpy()
            out.log_sigma[part] = log_sigma.double().cpu().numpy()
    model.train(training)
    return out


def predict_sources(
    model: Any, data: PreferenceData, image_path: ImagePath, sources: Sequence[str]
) -> Predictions:
    """Return the rewards of all edits of some sources, by a model that was trained on other data.

    It reads edits at the size at which those that it was trained on were seen. Raises ImageError.
    """
    if model.edit_size == OWN:
        data = data.at_own_size()
    wanted = set(sources)
    rows = [n for n, triple in enumerate(data.triples) if triple.source_sha in wanted]
    names = {name for row in rows for name in data.triples[row].pictures}
    return predict(model, data, model.images(sorted(names), image_path), rows)
