"""Templates that several pages share."""

import pytest
from django.template.loader import render_to_string


def estimate(**context):
    return " ".join(render_to_string("_estimate.html", context).split())


def test_a_number_comes_with_its_interval_and_n():
    shown = estimate(value=0.667, low=0.61, high=0.72, n=412, digits=2)
    assert "<b>0.67</b>" in shown
    assert "[0.61, 0.72]" in shown
    assert "n = 412" in shown
    assert "no interval" not in shown


@pytest.mark.parametrize(("low", "high"), [(None, None), (None, 0.7), (0.6, None)])
def test_a_number_without_an_interval_says_so(low, high):
    shown = estimate(value=0.667, low=low, high=high, n=3)
    assert "<b>0.67</b>" in shown
    assert "no interval" in shown
    assert "[" not in shown


def test_an_undefined_number_is_no_number_and_says_why():
    shown = estimate(value=None, low=None, high=None, n=0, why="no decisive pair")
    assert "undefined: no decisive pair" in shown
    assert "n = 0" in shown
    assert "<b>" not in shown


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"sources": 1}, "no interval: one source<"),
        ({"sources": 8}, "no interval: all alike<"),
        ({"sources": 8, "degenerate": 3}, "no interval<"),
        ({}, "no interval<"),
    ],
)
def test_a_missing_interval_says_why_where_it_is_known(context, words):
    assert words in estimate(value=1.0, low=None, high=None, n=8, **context)
