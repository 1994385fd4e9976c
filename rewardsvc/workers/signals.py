"""Compare rewards with votes and store the result in the annotation app."""

from collections.abc import Iterator
from itertools import combinations, islice
from uuid import UUID

import torch

from annotation.errors import DomainError
from annotation.feedback.signals import Signal, replace_signals
from annotation.snapshots.format.errors import FormatError
from annotation.snapshots.format.votes import ComparisonVotes, comparison_votes
from annotation.snapshots.services import campaign_snapshot
from annotation.snapshots.stored import reader_of
from jobs.errors import JobError
from jobs.runner import Context
from rewardsvc.core.gaussian import log_expected_sigmoid
from rewardsvc.core.losses import gap_sigma
from rewardsvc.models import Reward, RewardModel
from rewardsvc.selectors import Triple, out_of_fold_rewards

# Comparisons whose rewards are in memory at a time.
_AT_ONCE = 500


def write_signals(*, context: Context, model: RewardModel) -> int:
    """Write surprise and uncertainty of every judged comparison; return the number of values.

    Both use the cross-fitted rewards: no vote is compared with a model that was trained on votes
    on the same source. Raises JobError naming a damaged part of the snapshot.
    """
    signals: list[Signal] = []
    found = _judged(model)
    while page := list(islice(found, _AT_ONCE)):
        context.checkpoint()
        sources = {source for judged in page for source, _, _ in judged.triples}
        rewards = out_of_fold_rewards(model.run, sources)
        signals += [signal for judged in page for signal in signals_of(judged, rewards)]
    context.checkpoint()
    return replace_signals(campaign=model.campaign, model=str(model.public_id), signals=signals)


def _judged(model: RewardModel) -> Iterator[ComparisonVotes]:
    try:
        yield from comparison_votes(reader_of(campaign_snapshot(model.campaign)))
    except (DomainError, FormatError) as error:
        raise JobError(str(error)) from error


def signals_of(judged: ComparisonVotes, rewards: dict[Triple, Reward]) -> Iterator[Signal]:
    """Yield the signals of one comparison; none if a candidate has no reward.

    surprise: mean over votes and pairs of -log P(vote) in nats, a tie counting half in each
    order; uncertainty: mean over pairs of the standard deviation of the reward gap.
    """
    scored = [rewards[triple] for triple in judged.triples if triple in rewards]
    if len(scored) < len(judged.triples):
        return
    pairs = list(combinations(range(len(scored)), 2))
    reward = torch.tensor([row.reward for row in scored], dtype=torch.float64)
    log_sigma = torch.tensor([row.log_sigma_fused for row in scored], dtype=torch.float64)
    first, second = torch.tensor(pairs).T
    gap = reward[first] - reward[second]  # (n_pairs,)
    sigma = gap_sigma(log_sigma[first], log_sigma[second])
    ranks = torch.tensor(judged.ranks)  # (n_votes, k)
    # 1 where the first of the pair is preferred, 1/2 for a tie, 0 otherwise.
    share = (torch.sign(ranks[:, second] - ranks[:, first]).double() + 1) / 2
    losses = -(
        share * log_expected_sigmoid(gap, sigma) + (1 - share) * log_expected_sigmoid(-gap, sigma)
    )
    name, surprise, spread = UUID(judged.comparison_id), float(losses.mean()), float(sigma.mean())
    yield Signal(name, "surprise", surprise, surprise, tuple(row.reward for row in scored))
    yield Signal(name, "uncertainty", spread, spread)
