"""One optimiser's step equals that of the official trainer."""

import json

import pytest
import torch
from PIL import Image
from torch.nn import functional

from rewardsvc.core.checkpoint import load_reward_model
from rewardsvc.core.losses import LOSSES, regression_loss
from rewardsvc.core.scoring import Question

PARTS = {
    "rm_heads.head_0": lambda n: n.startswith("heads.rm_heads.head_0"),
    "rm_heads.head_1": lambda n: n.startswith("heads.rm_heads.head_1"),
    "vision_merger": lambda n: "visual.merger" in n,
    "vision_other": lambda n: "visual." in n and "visual.merger" not in n,
    "text_layers_and_norm": lambda n: "language_model." in n and "embed_tokens" not in n,
}


@pytest.fixture(scope="module")
def oracle(reference_data):
    root = reference_data / "oracles" / "editreward"
    stored = json.loads((root / "training_step.json").read_text())
    words = json.loads((root / "tiny_checkpoint" / "expected.json").read_text())
    return root / "tiny_checkpoint", stored, words["run_own_prompts"]["prompt_text"]


@pytest.fixture
def step(oracle):
    root, stored, words = oracle
    model = load_reward_model(root / "checkpoint", base=root / "base", prompts=words).model
    model.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    rows = stored["train_rows"]
    asked = [
        Question(row["path_src"], row[path], row["prompt"])
        for path in ("path1", "path2")
        for row in rows
    ]
    batch = model.batch(asked, lambda name: Image.open(root / name))
    return model, batch, stored


def sampled(mean, sigma):
    """The official estimate of E[-log sigmoid z]: 1,000 draws in half precision."""
    torch.manual_seed(2024)
    noise = torch.randn(len(mean), 1000).to(torch.float16)
    return functional.softplus(-(mean[:, None] + noise * sigma[:, None])).mean()


def loss_of(name, mu, log_sigma, rows):
    fused_mu, fused_sigma = mu.mean(1), log_sigma.mean(1)
    half = len(rows)
    winner, loser = (fused_mu[:half], fused_sigma[:half]), (fused_mu[half:], fused_sigma[half:])
    if name in ("exact_E_nls", "exact_nlE"):
        ours = {"exact_E_nls": "expected_nll", "exact_nlE": "nll_expected"}[name]
        return LOSSES[ours](*winner, *loser)
    if name == "reg":
        scores = [r[f"model{k}_overall_score"] for k in (1, 2) for r in rows]
        return regression_loss(fused_mu, torch.tensor(scores) - 4.5)
    margin = 0.57 if "margin" in name else 0.0
    if name.startswith("uncertainty"):
        sigma = (winner[1].exp() ** 2 + loser[1].exp() ** 2).sqrt()
        return sampled(winner[0] - loser[0] - margin, sigma)
    # The official code feeds the log sigmas through the same loss and averages them in.
    pairs = [functional.softplus(margin - (a - b)) for a, b in zip(winner, loser, strict=True)]
    return torch.stack(pairs).mean()


NAMES = ("uncertainty", "uncertainty_with_margin", "reg", "bt", "constant_margin")


@pytest.mark.parametrize("name", [*NAMES, "exact_E_nls", "exact_nlE"])
def test_a_step_has_the_official_loss_gradients_and_outcome(step, name):
    model, batch, stored = step
    expected = stored["loss_types"].get(name) or stored[name]
    mu, log_sigma = model(batch)
    loss = loss_of(name, mu, log_sigma, stored["train_rows"])
    assert float(loss.detach()) == pytest.approx(expected["loss"], rel=1e-4)
    loss.backward()
    norms = {part: norm(model, stored) for part, stored in PARTS.items()}
    official = expected.get("grad_norm_unclipped")
    if official is None:
        return
    for part, value in norms.items():
        assert value == pytest.approx(official[part], rel=5e-4), part
    if "after_step" not in expected:
        return
    # One row of their table is asked in both passes: two rows here, whose gradients add up.
    row = model.network.reward_rows.grad.sum(0)
    assert float(row.norm()) == pytest.approx(expected["grad_norm_reward_token_row"], rel=5e-4)
    table = model.network.backbone.language_model.embed_tokens.weight.grad
    both = (table.norm() ** 2 + row.norm() ** 2).sqrt()
    assert float(both) == pytest.approx(official["embed_tokens"], rel=5e-4)
    after(model, batch, expected, float(both))


def norm(model, belongs):
    parts = [p.grad for n, p in model.network.named_parameters() if belongs(n)]
    return float(torch.stack([g.norm() for g in parts if g is not None]).norm())


def after(model, batch, expected, table_norm):
    """Step once, the table frozen but for the reward token's one row, and compare rewards."""
    rows = model.network.reward_rows
    rows.grad = rows.grad.sum(0, keepdim=True).expand_as(rows).clone()
    table = model.network.backbone.language_model.embed_tokens.weight
    trained = [p for p in model.parameters() if p is not table and p.grad is not None]
    total = float(torch.stack([p.grad.norm() for p in trained if p is not rows]).norm())
    total = (total**2 + table_norm**2) ** 0.5
    assert total == pytest.approx(expected["grad_norm_unclipped"]["total"], rel=5e-4)
    for parameter in trained:
        parameter.grad *= min(1.0, 1 / total)
    torch.optim.AdamW(trained, lr=1e-3, weight_decay=0.0).step()
    with torch.no_grad():
        mu, log_sigma = model(batch)
    fused = torch.stack([mu.mean(1), log_sigma.mean(1)], 1)
    stored = expected["after_step"]
    wanted = torch.tensor(stored["rewards_winner"] + stored["rewards_loser"])
    torch.testing.assert_close(fused, wanted, atol=5e-3, rtol=0)
