"""The run page's curves: round axes that hold every value."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.charts.lines import chart, round_ticks

losses = st.floats(1e-3, 1e4)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.5, 1.0, [0.4, 0.6, 0.8, 1.0]),
        (0.48, 0.8, [0.4, 0.5, 0.6, 0.7, 0.8]),
        (1.26, 2.13, [1.0, 1.5, 2.0, 2.5]),
        (0.0, 0.0, [0.0, 0.001]),
    ],
)
def test_an_axis_has_round_numbers(low, high, ticks):
    assert round_ticks(low, high) == ticks


@given(losses, losses)
def test_an_axis_holds_every_value_with_few_even_ticks(one, other):
    low, high = sorted((one, other))
    ticks = round_ticks(low, high)
    assert ticks[0] <= low * (1 + 1e-6)
    assert ticks[-1] >= high * (1 - 1e-6)
    assert 2 <= len(ticks) <= 6
    steps = [b - a for a, b in pairwise(ticks)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_share_is_never_drawn_beyond_0_or_1(values):
    drawn = chart([("Fold 1", list(enumerate(values, 1)))], n_epochs=len(values), reference=0.5)
    labels = [float(tick.label) for tick in drawn.y_ticks]
    assert min(labels) >= 0
    assert max(labels) <= 1
    for tick in drawn.y_ticks:
        assert drawn.top <= tick.at <= drawn.bottom


def test_nothing_to_draw_gives_no_chart():
    assert chart([("Fold 1", [])], n_epochs=3) is None
