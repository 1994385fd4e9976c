"""What a run's page shows of its controls and its calibration."""

import pytest

from rewardsvc.controls_view import control_rows
from rewardsvc.reliability import reliability_chart

BIN = {"predicted": 0.75, "observed": 0.5, "low": 0.25, "high": 1.0, "n": 4}


def row(name, value, **more):
    return {"name": name, "value": value, "low": None, "high": None, "n": 3, **more}


def test_bins_stand_between_a_coin_and_certainty_and_the_diagonal_is_calibrated():
    chart = reliability_chart({"held_out": {"bins": [BIN]}, "development": {"bins": []}})
    (point,) = chart.points
    assert point.x == pytest.approx((chart.left + chart.right) / 2)
    assert point.y == pytest.approx(chart.half) == pytest.approx((chart.top + chart.bottom) / 2)
    assert (point.low, point.high) == (
        pytest.approx(chart.bottom - (chart.bottom - chart.top) / 4, abs=0.1),
        pytest.approx(chart.top),
    )
    assert point.label == "predicted 0.75, observed 0.50, n = 4"


def test_without_held_out_pairs_the_development_bins_are_shown_and_without_any_nothing():
    assert len(reliability_chart({"development": {"bins": [BIN, BIN]}}).points) == 2
    assert reliability_chart({"why": "no decided pair in the development sources"}) is None


def test_every_control_has_a_row_and_one_that_cannot_be_says_why():
    lead = {"value": 0.1, "low": 0.0, "high": 0.2, "n": 3}
    told = {
        "held_out": [
            row("reward model", 0.7),
            row("shuffled instructions", 0.6, lead=lead),
            {"name": "swapped sources", "why": "there is no second source to borrow from"},
        ],
        "out_of_fold": [],
        "humans": {"name": "people", "why": "no pair has two decided votes"},
    }
    rows = {each.title: each.cells for each in control_rows({"controls": told})}
    assert rows["Reward model"][0]["value"] == 0.7
    assert rows["Shuffled instructions"][1] == lead
    assert rows["Swapped sources"][0]["why"].startswith("there is no second source")
    assert rows["Pixel difference"] == (None, None, None, None)
    assert rows["People"][0]["why"] == "no pair has two decided votes"
    assert control_rows({}) == []
