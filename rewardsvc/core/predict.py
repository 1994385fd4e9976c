"""Rewards of triples by a trained model, in batches, without gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from rewardsvc.core.batches import make_batch
from rewardsvc.core.compact.model import Batch, CompactRewardModel
from rewardsvc.core.data import PreferenceData
from rewardsvc.core.images import ImageCache

BATCH = 64


class ToBatch(Protocol):
    """Builds the batch of some triples; controls build altered ones."""

    def __call__(
        self, data: PreferenceData, triples: Sequence[int], images: ImageCache, buckets: int
    ) -> Batch: ...


@dataclass(frozen=True)
class Predictions:
    """Rewards of all triples of a data set; NaN where none was predicted.

    mu, log_sigma: (n_triples, n_dimensions). reward, log_sigma_fused: (n_triples,).
    """

    mu: NDArray[np.float64]
    log_sigma: NDArray[np.float64]

    @property
    def reward(self) -> NDArray[np.float64]:
        return np.asarray(self.mu.mean(1))

    @property
    def log_sigma_fused(self) -> NDArray[np.float64]:
        return np.asarray(self.log_sigma.mean(1))

    @classmethod
    def empty(cls, n_triples: int, n_dimensions: int) -> "Predictions":
        shape = (n_triples, n_dimensions)
        return cls(np.full(shape, np.nan), np.full(shape, np.nan))


def predict(
    model: CompactRewardModel,
    data: PreferenceData,
    images: ImageCache,
    rows: Sequence[int],
    *,
    to_batch: ToBatch = make_batch,
) -> Predictions:
    """Return the rewards of the triples at some rows; the other rows are NaN.

    Raises ImageError for images that are not loaded, or of another size than the model's.
    """
    images.require_size(model.config.image_size)
    out = Predictions.empty(len(data.triples), len(data.dimensions))
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            part = list(rows[start : start + BATCH])
            batch = to_batch(data, part, images, model.config.text_buckets)
            mu, log_sigma = model(batch.to(device))
            out.mu[part] = mu.double().cpu().numpy()
            out.log_sigma[part] = log_sigma.double().cpu().numpy()
    model.train(training)
    return out
