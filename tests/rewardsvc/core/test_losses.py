"""The losses against reference numbers, independent quadrature and finite differences."""

import json
import math
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.special import expit

from rewardsvc.core.fusion import FUSIONS, fuse
from rewardsvc.core.losses import LOSSES, gap_sigma, preference_probability, regression_loss

MEANS = (-12.0, -1.3, 0.0, 0.4, 7.0)
SIGMAS = (0.01, 0.7, 1.49, 1.51, 4.0, 30.0)
GRADIENT_ROWS = [
    # mu_w, log_sigma_w, mu_l, log_sigma_l: narrow, wide, tied and lopsided pairs
    (0.3, -1.0, -0.4, -0.7),
    (0.3, -1.0, 1.4, -0.7),
    (0.0, -0.5, 0.0, -0.5),
    (2.0, 1.5, -1.0, 0.4),
    (-2.0, 1.5, 3.0, -3.0),
    (9.0, 0.1, -9.0, 0.2),
    (-9.0, 0.1, 9.0, 0.2),
]
EXTREMES = [
    (mu_w, log_sigma_w, mu_l, log_sigma_l)
    for mu_w, mu_l in product((-1e4, -20.0, 0.0, 1e4), repeat=2)
    for log_sigma_w, log_sigma_l in product((-20.0, 0.0, 8.0), repeat=2)
]


def columns(rows, dtype=torch.float64):
    return tuple(torch.tensor(rows, dtype=dtype).unbind(-1))


def expectation(function, mean, sigma):
    """Integrate a function of a Gaussian adaptively, split where function and density bend."""

    def integrand(x):
        return function(mean + sigma * x) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    bends = sorted({-13.0, -3.0, 0.0, 3.0, 13.0, *np.clip([-mean / sigma], -13, 13).tolist()})
    return sum(
        quad(integrand, a, b, epsabs=1e-14, epsrel=1e-10, limit=500)[0] for a, b in pairwise(bends)
    )


@pytest.fixture(scope="module")
def cases(reference_data):
    path = reference_data / "oracles" / "editreward" / "losses.json"
    return json.loads(path.read_text())["cases"]


@pytest.mark.parametrize(
    ("name", "key"), [("expected_nll", "exact_E_nls"), ("nll_expected", "exact_nlE")]
)
def test_uncertain_losses_are_the_reference_numbers_pair_by_pair(cases, name, key):
    assert len(cases) > 20
    for case in cases:
        pairs = *columns(case["A"]), *columns(case["B"])
        expected = case["losses"]["uncertainty"]
        each = LOSSES[name](*pairs, reduction="none").tolist()
        assert each == pytest.approx(expected[f"{key}_per_pair"], rel=1e-6), case["id"]
        assert float(LOSSES[name](*pairs)) == pytest.approx(expected[key], rel=1e-6), case["id"]


def test_bradley_terry_is_the_reference_loss_on_the_means(cases):
    for case in cases:
        pairs = *columns(case["A"]), *columns(case["B"])
        expected = case["losses"]["bt/mu_only"]["f64"]
        found = float(LOSSES["bradley_terry"](*pairs))
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-15), case["id"]


@pytest.mark.parametrize(
    ("name", "key"), [("expected_nll", "exact_E_nls"), ("nll_expected", "exact_nlE")]
)
def test_uncertain_losses_with_the_official_margin_are_the_reference_numbers(cases, name, key):
    for case in cases:
        pairs = *columns(case["A"]), *columns(case["B"])
        expected = case["losses"]["uncertainty_with_margin"]
        found = float(LOSSES[name](*pairs, margin=0.57))
        assert found == pytest.approx(expected[key], rel=1e-6), case["id"]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    ("name", "official", "options"),
    [
        ("bradley_terry", "bt", {}),
        ("margin", "constant_margin", {"margin": 0.57}),
        ("rao_kupper", "btt", {"log_theta": math.log(5)}),
    ],
)
def test_losses_on_the_means_are_the_official_ones(cases, name, official, options, dtype):
    key, rel = ("f64", 1e-12) if dtype == torch.float64 else ("f32", 1e-5)
    for case in cases:
        pairs = *columns(case["A"], dtype), *columns(case["B"], dtype)
        expected = case["losses"][f"{official}/mu_only"][key]
        found = float(LOSSES[name](*pairs, **options))
        assert found == pytest.approx(expected, rel=rel, abs=1e-15), case["id"]


def test_tied_pairs_have_the_official_loss_where_its_mask_is_correct(cases):
    checked = 0
    for case in cases:
        pairs = *columns(case["A"]), *columns(case["B"])
        expected = case["losses"]["tie_branch_mu_only_f64"]["btt/mask_reshaped_B1"]
        decided = torch.tensor(case["nontied_mask"]).reshape(-1).double()
        found = float(LOSSES["rao_kupper"](*pairs, outcome=decided))
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-15), case["id"]
        checked += int((decided == 0).sum())
    assert checked


def test_pooled_heads_are_the_reference_ones(reference_data):
    path = reference_data / "oracles" / "editreward" / "losses.json"
    pooled = json.loads(path.read_text())["pooling"]
    for case in pooled:
        mu, log_sigma = torch.tensor(case["heads"], dtype=torch.float64).permute(2, 1, 0)
        for how in FUSIONS:
            expected = torch.tensor(case["pooled"][f"ranknet_multi_head/{how}/f64"])
            found = torch.stack(fuse(mu, log_sigma, how), 1)
            torch.testing.assert_close(found, expected.double(), rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="fusion is one of mean, min, sum, not 'max'"):
        fuse(torch.zeros(1, 2), torch.zeros(1, 2), "max")


GAPS = [(-800.0, 0, 0, 0), (-2.0, 0, 0, 0), (0.0, 0, 0, 0), (0.3, 0, 0, 0), (700.0, 0, 0, 0)]


@pytest.mark.parametrize(("name", "options"), [
    ("rao_kupper", {"log_theta": 1e-3}), ("rao_kupper", {"log_theta": 40.0}),
    ("davidson", {"log_nu": -3.0}), ("davidson", {"log_nu": 6.0}),
])  # fmt: skip
def test_win_tie_and_loss_probabilities_sum_to_one_and_are_symmetric(name, options):
    pairs = columns(GAPS)
    losses = {
        kind: LOSSES[name](
            *pairs, outcome=torch.full((len(GAPS),), float(kind)), reduction="none", **options
        )
        for kind in (1, 0, -1)
    }
    total = sum((-each).exp() for each in losses.values())
    torch.testing.assert_close(total, torch.ones_like(total))
    swapped = LOSSES[name](pairs[2], pairs[1], pairs[0], pairs[3], reduction="none", **options)
    torch.testing.assert_close(swapped, losses[-1])


def test_tie_parameters_mean_what_they_mean_in_the_ranking_statistics():
    gap, nu, theta = 0.7, 0.4, 1.9
    p, q = math.exp(gap), 1.0
    pair, tie = columns([(gap, 0, 0, 0)]), torch.zeros(1)
    davidson = math.exp(-float(LOSSES["davidson"](*pair, outcome=tie, log_nu=math.log(nu))))
    assert davidson == pytest.approx(nu * math.sqrt(p * q) / (p + q + nu * math.sqrt(p * q)))
    rao = math.exp(-float(LOSSES["rao_kupper"](*pair, outcome=tie, log_theta=math.log(theta))))
    assert rao == pytest.approx((theta**2 - 1) * p * q / ((p + theta * q) * (q + theta * p)))


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("margin", {"margin": math.inf}, "margin is inf"),
        ("expected_nll", {"margin": math.nan}, "margin is nan"),
        ("rao_kupper", {"log_theta": -0.1}, "log_theta is -0.1"),
        ("rao_kupper", {"log_theta": 0.0, "outcome": torch.zeros(1)}, "no tie can happen"),
        ("rao_kupper", {"outcome": torch.tensor([2.0])}, "outcome is 1, 0 or -1"),
        ("davidson", {"outcome": torch.ones(3)}, r"outcome is \(3,\)"),
        ("davidson", {"log_nu": math.inf}, "log_nu is inf"),
    ],
)
def test_an_invalid_option_is_refused_by_name(name, options, named):
    with pytest.raises(ValueError, match=named):
        LOSSES[name](*columns([(1.0, 0.0, 0.0, 0.0)]), **options)


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("mean", MEANS)
def test_uncertain_losses_agree_with_adaptive_quadrature(mean, sigma):
    # The spread is shared unequally: 0.36 and 0.64 of the variance.
    row = (mean + 0.25, math.log(0.6 * sigma), 0.25, math.log(0.8 * sigma))
    pairs = columns([row])
    by_code = float(LOSSES["expected_nll"](*pairs))
    by_paper = float(LOSSES["nll_expected"](*pairs))
    assert by_code == pytest.approx(
        expectation(lambda z: np.logaddexp(0, -z), mean, sigma), rel=1e-6
    )
    assert by_paper == pytest.approx(-math.log(expectation(expit, mean, sigma)), rel=1e-6)
    assert by_code > by_paper  # Jensen: the logarithm is concave


@pytest.mark.parametrize("name", ["expected_nll", "nll_expected"])
def test_certain_rewards_leave_the_bradley_terry_loss(name):
    rows = [(gap, -12.0, 0.0, -12.0) for gap in (-15.0, -1.0, 0.0, 2.0, 15.0)]
    found = LOSSES[name](*columns(rows), reduction="none").tolist()
    expected = LOSSES["bradley_terry"](*columns(rows), reduction="none").tolist()
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", sorted(LOSSES))
@pytest.mark.parametrize("row", GRADIENT_ROWS)
def test_gradients_are_the_central_differences(name, row):
    pairs = [column.requires_grad_() for column in columns([row])]
    LOSSES[name](*pairs).backward()
    step = 1e-5
    for n, column in enumerate(pairs):
        found = 0.0 if column.grad is None else float(column.grad)
        up, down = list(row), list(row)
        up[n], down[n] = row[n] + step, row[n] - step
        above, below = (float(LOSSES[name](*columns([end]))) for end in (up, down))
        assert found == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-9), n


def test_the_probability_of_either_winning_is_one():
    rows = [(mean, -0.4, 0.0, math.log(sigma)) for mean in MEANS for sigma in SIGMAS]
    mu_i, log_i, mu_j, log_j = columns(rows)
    forward = preference_probability(mu_i, log_i, mu_j, log_j)
    backward = preference_probability(mu_j, log_j, mu_i, log_i)
    torch.testing.assert_close(forward + backward, torch.ones_like(forward), rtol=0, atol=1e-12)
    untied = mu_i != mu_j  # a tie is one half only up to rounding
    assert torch.equal((forward > 0.5)[untied], (mu_i > mu_j)[untied])
    found = (-LOSSES["nll_expected"](mu_i, log_i, mu_j, log_j, reduction="none")).exp()
    torch.testing.assert_close(found, forward)


def test_equal_rewards_win_with_probability_one_half_at_every_sigma():
    rows = [(3.0, log_sigma, 3.0, -log_sigma) for log_sigma in (-5.0, 0.0, 0.4, 5.0)]
    found = preference_probability(*columns(rows)).tolist()
    assert found == pytest.approx([0.5] * len(rows), abs=1e-9)


def test_the_spread_of_a_difference_adds_variances_and_never_overflows_early():
    found = gap_sigma(*columns([(math.log(3), math.log(4))]))
    assert float(found) == pytest.approx(5)
    wide = gap_sigma(*columns([(50.0, 50.0)], torch.float32))
    assert float(wide) == pytest.approx(math.sqrt(2) * math.exp(50), rel=1e-4)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_single_precision_stays_finite_and_close_at_extremes(name):
    pairs = [column.requires_grad_() for column in columns(EXTREMES, torch.float32)]
    each = LOSSES[name](*pairs, reduction="none")
    each.sum().backward()
    assert torch.isfinite(each).all()
    assert (each >= 0).all()
    assert all(torch.isfinite(p.grad).all() for p in pairs if p.grad is not None)
    double = LOSSES[name](*columns(EXTREMES), reduction="none")
    torch.testing.assert_close(each.detach().double(), double, rtol=2e-4, atol=1e-5)


def test_single_precision_probabilities_stay_within_zero_and_one():
    found = preference_probability(*columns(EXTREMES, torch.float32))
    assert torch.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_the_regression_loss_is_the_mean_square_and_its_slope():
    mean = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64, requires_grad=True)
    loss = regression_loss(mean, torch.tensor([0.0, 2.5, 2.0], dtype=torch.float64))
    loss.backward()
    assert loss.item() == pytest.approx((1 + 0.25 + 4) / 3)
    assert mean.grad.tolist() == pytest.approx([2 / 3, -1 / 3, 4 / 3])


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_mean_is_over_pairs_and_undefined_over_none(name):
    pairs = columns(GRADIENT_ROWS)
    each = LOSSES[name](*pairs, reduction="none")
    assert each.shape == (len(GRADIENT_ROWS),)
    torch.testing.assert_close(LOSSES[name](*pairs), each.mean())
    with pytest.raises(ValueError, match="no pairs"):
        LOSSES[name](*(column[:0] for column in pairs))
    with pytest.raises(ValueError, match="'sum'"):
        LOSSES[name](*pairs, reduction="sum")
