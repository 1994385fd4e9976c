"""What a run's page shows of its controls and its calibration."""

import pytest
from django.template.loader import render_to_string

from annotation.charts.reliability import reliability_chart
from rewardsvc.views.check import check_view
from rewardsvc.views.controls import control_rows

ESTIMATE = {"value": 0.03, "low": -0.02, "high": 0.08, "n": 90, "n_sources": 20}
CHECK = {
    "kind": "challenger",
    "promoted": False,
    "reason": "Too small.",
    "measured": ESTIMATE,
    "smallest_passing": 0.04,
    "needed_pairs": 400,
    "needed_sources": 89,
    "champion": "3f",
    "looks": 2,
}
BIN = {"predicted": 0.75, "observed": 0.5, "low": 0.25, "high": 1.0, "n": 4}


def row(name, value, **more):
    return {"name": name, "value": value, "low": None, "high": None, "n": 3, **more}


def test_bins_lie_between_one_half_and_one_and_the_diagonal_is_calibrated():
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
    assert reliability_chart({"why": "no decided pair"}) is None


def test_every_control_has_a_row_and_an_undefined_one_a_reason():
    lead = {"value": 0.1, "low": 0.0, "high": 0.2, "n": 3}
    controls = {
        "held_out": [
            row("reward model", 0.7),
            row("shuffled instructions", 0.6, lead=lead),
            {"name": "swapped sources", "why": "there is no second source to borrow from"},
        ],
        "out_of_fold": [],
        "humans": {"name": "people", "why": "no pair has two decided votes"},
    }
    rows = {each.title: each.cells for each in control_rows({"controls": controls})}
    assert rows["Reward model"][0]["value"] == 0.7
    assert rows["Shuffled instructions"][1] == lead
    assert rows["Swapped sources"][0]["why"] == controls["held_out"][2]["why"]
    assert rows["Pixel difference"] == (None, None, None, None)
    assert rows["People"][0]["why"] == controls["humans"]["why"]
    assert control_rows({}) == []


def shown(**check):
    held_out = {"value": 0.7, "low": 0.6, "high": 0.8, "n": 90}
    view = check_view({"check": CHECK | check, "champion_held_out": held_out})
    return render_to_string("rewardsvc/_check.html", {"check": view})


def test_a_check_shows_the_passing_value_the_needed_pairs_and_the_looks():
    page = shown()
    for part in (
        "Not promoted by the check",
        "Too small.",
        "<b>0.030</b>",
        "above 0.040",
        "400, from 89 sources; there are 90, from 20",
        "2 runs measured there before",
        "needs",
    ):
        assert part in page


def test_what_is_undefined_in_a_check_is_shown_as_such():
    page = shown(measured=None, smallest_passing=None, needed_pairs=None, needed_sources=None)
    assert page.count("undefined") >= 3
    assert "None" not in page
    assert "none: they are too few" in shown(smallest_passing=1.2)


def test_a_run_older_than_the_check_shows_that_it_has_none():
    assert check_view({"held_out": None}) is None
    page = render_to_string("rewardsvc/_check.html", {"check": None})
    assert "before there was a rule" in page
