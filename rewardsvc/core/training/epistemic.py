"""Fit the posterior over a trained model's last layers, for models that have one."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.data.preferences import PreferenceData
from rewardsvc.core.predict import BATCH, predict
from rewardsvc.core.training.laplace import fit_last_layer


def fit_posterior(model: Any, data: PreferenceData, images: Any, pairs: Pairs) -> None:
    """Store the posterior covariance of the last layers' weights, from the decided pairs.

    pairs: the training pairs. Does nothing for models without a last layer, and for rewards fused
    by `min`, which are not linear in the last layers' weights.
    """
    if not hasattr(model, "last_layer") or model.fusion == "min":
        return
    decided = pairs.take(pairs.outcome != 0)
    rows = sorted({int(n) for n in np.concatenate([decided.i, decided.j])})
    index = {row: n for n, row in enumerate(rows)}
    features = _features(model, data, images, rows)
    first = features[[index[int(n)] for n in decided.i]]
    second = features[[index[int(n)] for n in decided.j]]
    reward = predict(model, data, images, rows).reward
    fitted = fit_last_layer(first, second, reward[decided.i] - reward[decided.j])
    model.network.covariance.copy_(torch.from_numpy(np.linalg.inv(fitted.precision)))


def _features(
    model: Any, data: PreferenceData, images: Any, rows: Sequence[int]
) -> NDArray[np.float64]:
    """Return the features (n, p) of the fused reward; divided by D for a mean of D dimensions."""
    share = 1 / len(data.dimensions) if model.fusion == "mean" else 1.0
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            part = [data.triples[row] for row in rows[start : start + BATCH]]
            batch = model.collate(part, images).to(device)
            parts.append(model.last_layer(batch).double().cpu().numpy())
    model.train(training)
    return np.concatenate(parts) * share
