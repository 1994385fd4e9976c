"""Plans of lanes: exact shares, evenly spread, and refusals that name the field."""

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.errors import InvalidSetting
from annotation.models.campaigns import default_lane_plan
from annotation.queue.services.lanes import SHARED_LANES, plan_of, shares_of

OTHERS = [lane for lane in SHARED_LANES if lane != "random"]


@st.composite
def all_shares(draw):
    n_random = draw(st.integers(11, 50))
    left = 50 - n_random
    counts = {"random": n_random}
    for lane in OTHERS[:-1]:
        counts[lane] = draw(st.integers(0, left))
        left -= counts[lane]
    counts[OTHERS[-1]] = left
    return {lane: 2 * n for lane, n in counts.items()}


def gaps(plan, lane):
    places = [i for i, name in enumerate(plan * 2) if name == lane]
    return [b - a for a, b in pairwise(places)]


@given(all_shares())
def test_a_plan_has_exactly_the_shares_it_was_made_of(shares):
    plan = plan_of(shares)
    assert len(plan) == 50
    assert shares_of(plan) == shares


@given(all_shares())
def test_serves_of_the_random_arm_are_spread_evenly(shares):
    n = shares["random"] // 2
    assert max(gaps(plan_of(shares), "random")) <= ceil(50 / n)
    assert min(gaps(plan_of(shares), "random")) >= 50 // n


@given(all_shares())
def test_any_stretch_of_serves_holds_a_lanes_share_of_it_within_a_few(shares):
    plan = plan_of(shares) * 2
    for lane, share in shares.items():
        n = share // 2
        for length in (10, 25):
            counts = [plan[start : start + length].count(lane) for start in range(50)]
            assert max(abs(count - length * n / 50) for count in counts) <= 5


@given(all_shares(), st.integers(0, 49))
def test_fifty_serves_in_a_row_hold_ten_of_the_random_arm_though_one_is_put_off(shares, start):
    window = (plan_of(shares) * 2)[start : start + 50]
    assert window.count("random") - 1 >= 10


def test_a_lane_that_is_left_out_has_no_share():
    plan = plan_of({"random": 40, "coverage": 60})
    assert shares_of(plan) == dict.fromkeys(SHARED_LANES, 0) | {"random": 40, "coverage": 60}


def test_the_plan_of_a_new_campaign_can_be_entered_again():
    shares = shares_of(default_lane_plan())
    assert sum(shares.values()) == 100
    assert shares_of(plan_of(shares)) == shares


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        ({}, "share_random"),
        ({"random": 20, "coverage": 80}, "share_random"),
        ({"random": 50, "coverage": 48}, "lane_shares"),
        ({"random": 50, "coverage": 52}, "lane_shares"),
        ({"random": 49, "coverage": 51}, "share_random"),
        ({"random": 50, "coverage": 47, "gold": 3}, "share_coverage"),
        ({"random": 102, "coverage": -2}, "share_random"),
        ({"random": 50, "coverage": 60, "gold": -10}, "share_gold"),
        ({"random": 50, "coverage": 50.0}, "share_coverage"),
        ({"random": 50, "coverage": "50"}, "share_coverage"),
        ({"random": 50, "coverage": None}, "share_coverage"),
        ({"random": 50, "gold": True, "coverage": 50}, "share_gold"),
        ({"random": 50, "adjudication": 50}, "lane_shares"),
        ({"random": 50, "fun": 50}, "lane_shares"),
    ],
)
def test_shares_that_make_no_plan_are_refused_at_their_field(shares, field):
    with pytest.raises(InvalidSetting) as refusal:
        plan_of(shares)
    assert refusal.value.field == field
