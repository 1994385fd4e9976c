"""Metrics of rewards against labelled pairs: accuracy with its interval, log loss."""

import numpy as np
import torch
from numpy.typing import NDArray

from rewardsvc.core.clustered import Estimate, Floats, clustered_estimate
from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.errors import RewardError
from rewardsvc.core.gaussian import log_expected_sigmoid
from rewardsvc.core.losses import gap_sigma
from rewardsvc.core.predict import Predictions


def gap_correct(gap: Floats, outcome: NDArray[np.int64]) -> Floats:
    """Return per decisive pair (n,): 1 for the right sign of the gap, 0 for the wrong, 1/2 for 0.

    A zero gap counts as a random guess. Raises RewardError on a gap that is not a number.
    """
    if np.isnan(gap).any():
        raise RewardError(f"{int(np.isnan(gap).sum())} of {len(gap)} pairs have no reward")
    return np.asarray(np.where(gap == 0, 0.5, (gap > 0) == (outcome > 0)), float)


def pair_correct(predicted: Predictions, pairs: Pairs) -> Floats:
    """Return 1, 0 or 1/2 for every decisive pair, in order; see `gap_correct`."""
    decisive = pairs.take(pairs.outcome != 0)
    gap = predicted.reward[decisive.i] - predicted.reward[decisive.j]
    return gap_correct(gap, decisive.outcome)


def pair_accuracy(predicted: Predictions, pairs: Pairs) -> float | None:
    """Return the share of decisive pairs in the label's order; None without such a pair."""
    values = pair_correct(predicted, pairs)
    return float(values.mean()) if len(values) else None


def accuracy(predicted: Predictions, pairs: Pairs, *, seed: int = 0) -> Estimate:
    """Return the pair accuracy without ties and its source-clustered interval."""
    decisive = pairs.outcome != 0
    return clustered_estimate(pair_correct(predicted, pairs), pairs.source[decisive], seed=seed)


def _log_probabilities(
    predicted: Predictions, i: NDArray[np.int64], j: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return log P(i beats j) and log P(j beats i), (n,) each."""
    reward = torch.from_numpy(predicted.reward)
    log_sigma = torch.from_numpy(predicted.log_sigma_fused)
    gap = reward[i] - reward[j]
    sigma = gap_sigma(log_sigma[i], log_sigma[j])
    first, second = log_expected_sigmoid(gap, sigma), log_expected_sigmoid(-gap, sigma)
    return first.numpy(), second.numpy()


def pair_probability(predicted: Predictions, i: NDArray[np.int64], j: NDArray[np.int64]) -> Floats:
    """Return P(i beats j) of pairs of triples (n,) under their Gaussian rewards."""
    return np.exp(_log_probabilities(predicted, i, j)[0])


def pair_log_losses(predicted: Predictions, pairs: Pairs) -> Floats:
    """Return -log P(label) per pair in nats; a tie counts half in each order."""
    first, second = _log_probabilities(predicted, pairs.i, pairs.j)
    share = (pairs.outcome + 1) / 2
    return -(share * first + (1 - share) * second)


def pair_log_loss(predicted: Predictions, pairs: Pairs) -> float | None:
    values = pair_log_losses(predicted, pairs)
    return float(values.mean()) if len(values) else None
