"""What the parts of the objective do to ties, votes and dimensions."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from annotation.snapshots.format.votes import pair_votes
from rewardsvc.core.data.pairs import Pairs
from rewardsvc.core.errors import TrainingError
from rewardsvc.core.training.batches import PairTargets
from rewardsvc.core.training.objective import Objective, ordered_rows, total_loss
from rewardsvc.core.training.settings import TrainConfig

GENERATOR = torch.Generator()


def targets(outcome, gap=None, scores=None):
    n = len(outcome)
    return PairTargets(
        torch.arange(n) * 2,
        torch.arange(n) * 2 + 1,
        torch.tensor(outcome),
        torch.full((n, 2), torch.nan) if gap is None else torch.tensor(gap),
        torch.ones(n),
        torch.full((2 * n, 2), torch.nan) if scores is None else torch.tensor(scores),
    )


class Fixed:
    """A network whose answers are parameters: (1, N, D) of mu and log sigma."""

    def __init__(self, n, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.mu = torch.randn(1, n, 2, generator=generator, requires_grad=True)
        self.log_sigma = torch.randn(1, n, 2, generator=generator, requires_grad=True)
        self.batch = SimpleNamespace(text=torch.zeros(n, dtype=torch.long), n_edits=n, n_texts=1)

    def encode(self, _):
        return None

    def encode_text(self, _):
        return SimpleNamespace(take=lambda _: None)

    def predict(self, *_):
        return self.mu, self.log_sigma

    def gradients(self, objective, wanted):
        self.mu.grad = self.log_sigma.grad = None
        loss = total_loss(objective, self, self.batch, wanted, GENERATOR)
        loss.backward()
        return float(loss.detach()), self.mu.grad, self.log_sigma.grad


def plain(**options):
    return Objective(**{"dimension_weight": 0.0, "negative_instruction_weight": 0.0, **options})


def test_settings_with_the_earlier_name_of_a_weight_are_the_same_settings():
    # The JSON of a stored run, and what the hash in its resumable state was computed from.
    stored = {"dimension_weight": 0.25, "foreign_weight": 0.75}
    config = TrainConfig.from_json({"objective": stored})
    assert config.objective.negative_instruction_weight == 0.75
    present = {"dimension_weight": 0.25, "negative_instruction_weight": 0.75}
    assert TrainConfig.from_json({"objective": present}) == config
    assert TrainConfig.from_json(config.to_json()) == config
    assert stored.items() <= config.result_settings()["objective"].items()


def test_both_names_of_a_weight_at_once_are_refused():
    objective = {"foreign_weight": 1, "negative_instruction_weight": 0}
    with pytest.raises(TrainingError, match="foreign_weight and negative_instruction_weight"):
        TrainConfig.from_json({"objective": objective})


def test_two_rows_and_one_half_give_a_tie_the_same_gradient():
    network = Fixed(2)
    rows = network.gradients(plain(ties="rows"), targets([0]))
    half = network.gradients(plain(ties="half"), targets([0]))
    for a, b in zip(rows, half, strict=True):
        torch.testing.assert_close(torch.as_tensor(a), torch.as_tensor(b))
    # Beside a decided pair the two rows of the paper weigh twice as much.
    rows = {ties: ordered_rows(targets([1, 0]), torch.tensor([1, 0]), ties) for ties in
            ("rows", "half", "drop", "model")}  # fmt: skip
    assert rows["rows"].weight.tolist() == [1, 1, 1]
    assert rows["half"].weight.tolist() == [1, 0.5, 0.5]
    assert rows["drop"].weight.tolist() == [1]
    assert rows["model"].outcome.tolist() == [1, 0]


@pytest.mark.parametrize("loss", ["rao_kupper", "davidson"])
def test_a_loss_with_a_tie_model_pulls_tied_rewards_together(loss):
    network = Fixed(2)
    objective = plain(loss=loss, ties="model")
    _, mu, log_sigma = network.gradients(objective, targets([0]))
    apart = (network.mu[0, 0] - network.mu[0, 1]).sum()
    assert torch.equal((mu[0, 0] - mu[0, 1]).sum().sign(), apart.sign())
    assert log_sigma is None or not log_sigma.any()


def test_each_dimension_learns_from_its_own_scores_alone():
    network = Fixed(2)
    objective = plain(dimension_weight=1.0, pair_weight=0.0)
    _, mu, _ = network.gradients(objective, targets([0], gap=[[1.0, -2.0]]))
    assert mu[0, 0, 0] < 0 < mu[0, 1, 0]
    assert mu[0, 1, 1] < 0 < mu[0, 0, 1]
    _, unknown, _ = network.gradients(objective, targets([0], gap=[[1.0, torch.nan]]))
    assert unknown[0, :, 0].any()
    assert not unknown[0, :, 1].any()


def test_fusion_decides_which_dimension_a_verdict_moves():
    network = Fixed(2)
    by_min = network.gradients(plain(fusion="min", loss="bradley_terry"), targets([1]))[1]
    assert int((by_min != 0).sum()) == 2
    by_mean = network.gradients(plain(fusion="mean", loss="bradley_terry"), targets([1]))[1]
    by_sum = network.gradients(plain(fusion="sum", loss="bradley_terry"), targets([1]))[1]
    assert int((by_mean != 0).sum()) == int((by_sum != 0).sum()) == 4


def test_pointwise_regression_aims_at_the_summed_scores_less_four_and_a_half():
    network = Fixed(2)
    objective = plain(pair_weight=0.0, regression_weight=1.0)
    known = targets([1], scores=[[4.0, 3.0], [torch.nan, 2.0]])
    value, mu, _ = network.gradients(objective, known)
    assert value == pytest.approx(float((network.mu.detach()[0, 0].mean() - 2.5) ** 2))
    assert not mu[0, 1].any()


def test_a_margin_raises_the_loss_of_a_won_pair():
    network = Fixed(2)
    near = network.gradients(plain(loss="margin", margin=0.0), targets([1]))[0]
    far = network.gradients(plain(loss="margin", margin=2.0), targets([1]))[0]
    assert far > near


def judgment(ranks, lane="coverage", *, in_force=True):
    return {
        "comparison_id": "c",
        "candidate_ids": ["a", "b", "d"],
        "ranks": ranks,
        "lane": lane,
        "in_force": in_force,
    }


def test_votes_are_those_in_force_of_lanes_that_count():
    rows = [
        judgment([1, 2, 2]),
        judgment([2, 1, 3], "random"),
        judgment(None),
        judgment([1, 1, 1], "gold"),
        judgment([3, 2, 1], in_force=False),
    ]
    assert pair_votes(rows) == {
        ("c", "a", "b"): [1, -1],
        ("c", "a", "d"): [1, 1],
        ("c", "b", "d"): [0, 1],
    }


def test_confidence_is_the_posterior_that_most_would_agree():
    n = 4
    agreeing, votes = np.array([1, 3, 2, 0]), np.array([1, 3, 3, 0])
    ones = np.ones(n, np.int64)
    pairs = Pairs(ones, ones, ones, np.zeros((n, 2)), ones, np.ones(n), votes, agreeing)
    weight = pairs.by_confidence().weight
    # Beta(1 + agreeing, 1 + others) above one half: 3/4, 15/16, 11/16 and, unseen, 1/2.
    sure = np.array([3 / 4, 15 / 16, 11 / 16, 1 / 2])
    np.testing.assert_allclose(weight, sure / sure.mean())
    assert weight.mean() == pytest.approx(1)
